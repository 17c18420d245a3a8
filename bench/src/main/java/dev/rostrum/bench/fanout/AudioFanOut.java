package dev.rostrum.bench.fanout;

import java.io.IOException;

/**
 * One packet of a speaker to each of many listeners: a real shard, with the real cipher and real sockets, beside the
 * yardstick of {@link BareLoop}. Both send the same number of bytes to the same open, drained sockets.
 *
 * <p>Counted is the thread that runs the shard's turns: receiving, decrypting, ranking, rewriting, encrypting, sending,
 * and the sender reports that are due meanwhile. Owned by it.
 */
public final class AudioFanOut implements Contest {

    private static final int PACKETS_PER_WINDOW = 10_000;

    private final int listeners;
    private final int payloadLengthBytes;
    private final int rounds;
    private final DrainedSockets sockets;
    private final BareLoop loop;
    private final FanOutSpace space;

    public AudioFanOut(int listeners, int payloadLengthBytes) throws IOException {
        this.listeners = listeners;
        this.payloadLengthBytes = payloadLengthBytes;
        rounds = Math.max(1, PACKETS_PER_WINDOW / listeners);
        sockets = new DrainedSockets(listeners);
        loop = new BareLoop(sockets.addresses(), FanOutSpace.HEADER_BYTES, payloadLengthBytes);
        space = new FanOutSpace(sockets.addresses(), payloadLengthBytes);
    }

    @Override
    public String description() {
        return listeners + " listeners, " + payloadLengthBytes + " bytes of payload; " + space.description();
    }

    @Override
    public Window product() throws IOException, InterruptedException {
        long packets = (long) rounds * listeners;
        long before = space.sent();
        ThreadCost cost = new ThreadCost();
        for (int round = 0; round < rounds; round++) {
            space.speak();
            cost.begin();
            space.turn();
            cost.end();
        }
        if (space.sent() - before < packets) {
            throw new IllegalStateException(space.sent() - before + " of " + packets + " packets were sent");
        }
        sockets.awaitMore(packets);
        return cost.of(packets);
    }

    @Override
    public Window yardstick() throws InterruptedException {
        long packets = (long) rounds * listeners;
        long sent = 0;
        ThreadCost cost = new ThreadCost();
        cost.begin();
        for (int round = 0; round < rounds; round++) {
            sent += loop.round();
        }
        cost.end();
        if (sent != packets) {
            throw new IllegalStateException(sent + " of " + packets + " packets were sent");
        }
        sockets.awaitMore(packets);
        return cost.of(packets);
    }

    @Override
    public void close() throws IOException {
        space.close();
        loop.close();
        sockets.close();
    }
}
