package dev.rostrum.sfu.congestion;

import dev.rostrum.sfu.sim.SimClock;
import dev.rostrum.sfu.sim.SimNetwork;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** A download by TCP Reno (RFC 5681) over the same bottleneck: slow start, congestion avoidance, fast recovery. */
final class ModelTcp {

    private static final int SEGMENT_BYTES = 1_200;

    private final SimNetwork network;
    private final SimClock clock;
    private final InetSocketAddress server;
    private final InetSocketAddress client;
    private final long backNs;
    private double window = 10;
    private double threshold = 1_000;
    private int nextSegment;
    private int acknowledged;
    private int recoverUntil = -1;
    private long received;

    ModelTcp(SimNetwork network, SimClock clock, InetSocketAddress server, InetSocketAddress client, long backNs) {
        this.network = network;
        this.clock = clock;
        this.server = server;
        this.client = client;
        this.backNs = backNs;
    }

    long receivedBytes() {
        return received;
    }

    void start() {
        send();
        watch(0);
    }

    private void watch(int before) {
        network.at(clock.nowNs() + 1_000_000_000, () -> {
            if (acknowledged == before) { // time out
                threshold = Math.max(2, window / 2);
                window = 2;
                nextSegment = acknowledged;
                recoverUntil = -1;
                send();
            }
            watch(acknowledged);
        });
    }

    private void send() {
        while (nextSegment - acknowledged < (int) window) {
            byte[] segment = new byte[SEGMENT_BYTES];
            ByteBuffer.wrap(segment).putInt(0, nextSegment++);
            network.send(server, client, segment);
        }
    }

    /** A segment has come to the client, which says so. */
    void onSegment(byte[] bytes) {
        received += bytes.length;
        int segment = ByteBuffer.wrap(bytes).getInt(0);
        network.at(clock.nowNs() + backNs, () -> onAcknowledgment(segment));
    }

    private void onAcknowledgment(int segment) {
        if (segment < acknowledged) {
            return;
        }
        // The way keeps the order: what is left out was lost. It counts as repeated within the window.
        if (segment > acknowledged && segment > recoverUntil) {
            threshold = Math.max(2, window / 2);
            window = threshold;
            recoverUntil = nextSegment;
        }
        acknowledged = segment + 1;
        if (segment > recoverUntil) {
            window += window < threshold ? 1 : 1 / window;
        }
        send();
    }
}
