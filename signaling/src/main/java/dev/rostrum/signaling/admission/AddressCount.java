package dev.rostrum.signaling.admission;

import dev.rostrum.signaling.model.Network;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many from one address (IPv6: one /64) wait or are on their way in. Whoever has come in is not counted: hundreds
 * behind one office's or carrier's address are normal. Loopback is free.
 *
 * <p>Owned by the signaling loop.
 */
final class AddressCount {

    private final int most;
    private final Map<String, Integer> counts = new HashMap<>();

    /** @param most 0 for no limit */
    AddressCount(int most) {
        this.most = most;
    }

    boolean full(@Nullable String address) {
        String key = key(address);
        return key != null && counts.getOrDefault(key, 0) >= most;
    }

    void add(@Nullable String address) {
        String key = key(address);
        if (key != null) {
            counts.merge(key, 1, Integer::sum);
        }
    }

    void remove(@Nullable String address) {
        String key = key(address);
        if (key != null) {
            counts.computeIfPresent(key, (_, count) -> count == 1 ? null : count - 1);
        }
    }

    int addresses() {
        return counts.size();
    }

    private @Nullable String key(@Nullable String address) {
        return most == 0 ? null : Network.of(address);
    }
}
