package dev.rostrum.signaling.admission;

import dev.rostrum.signaling.model.Network;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How often one address (IPv6: one /64) may do something that costs: as often as it likes up to a minute's share, then at
 * its rate. Loopback is free.
 *
 * <p>Owned by the signaling loop; has no clock of its own.
 */
public final class AddressRate {

    private static final double NS_PER_MINUTE = 60e9;
    private static final int MANY = 10_000;

    private static final class Bucket {
        private double left;
        private long atNs;

        Bucket(double left, long atNs) {
            this.left = left;
            this.atNs = atNs;
        }
    }

    private final int perMinute;
    private final Map<String, Bucket> buckets = new HashMap<>();

    /** @param perMinute 0 for no limit */
    public AddressRate(int perMinute) {
        this.perMinute = perMinute;
    }

    /** Whether it may be done once more now. */
    public boolean take(@Nullable String address, long nowNs) {
        String network = perMinute == 0 ? null : Network.of(address);
        if (network == null) {
            return true;
        }
        if (buckets.size() >= MANY) {
            buckets.values().removeIf(bucket -> refilled(bucket, nowNs) >= perMinute);
        }
        Bucket bucket = buckets.computeIfAbsent(network, _ -> new Bucket(perMinute, nowNs));
        bucket.left = refilled(bucket, nowNs);
        bucket.atNs = nowNs;
        if (bucket.left < 1) {
            return false;
        }
        bucket.left--;
        return true;
    }

    /** In how many seconds it may be done again by whoever may not now. */
    public int retryAfterSeconds() {
        return perMinute == 0 ? 0 : (int) Math.ceil(60.0 / perMinute);
    }

    private double refilled(Bucket bucket, long nowNs) {
        return Math.min(perMinute, bucket.left + (nowNs - bucket.atNs) / NS_PER_MINUTE * perMinute);
    }
}
