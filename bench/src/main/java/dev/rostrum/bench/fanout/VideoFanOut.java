package dev.rostrum.bench.fanout;

import java.io.IOException;

/**
 * A simulcast camera on a real shard, with the real cipher and real sockets, and subscribers of its highest encoding who
 * send transport-wide feedback; beside the yardstick of {@link BareLoop} with datagrams of the same length.
 *
 * <p>Counted is the thread that runs the shard's turns: receiving all encodings, decrypting, understanding, choosing,
 * numbering, pacing, encrypting, sending, and the feedback, estimates, decisions and reports that are due meanwhile.
 * Owned by it.
 */
public final class VideoFanOut implements Contest {

    private static final int FRAMES = 10;
    private static final int PACKETS_PER_FRAME = 6;
    private static final int ROUNDS = FRAMES * PACKETS_PER_FRAME;

    private final int subscribers;
    private final DrainedSockets sockets;
    private final BareLoop loop;
    private final VideoFanOutSpace space;

    /** Films until all subscribers get the highest encoding. */
    public VideoFanOut(int subscribers) throws IOException, InterruptedException {
        this.subscribers = subscribers;
        sockets = new DrainedSockets(subscribers);
        loop = new BareLoop(sockets.addresses(), VideoFanOutSpace.HEADER_BYTES, VideoFanOutSpace.PAYLOAD_LENGTH_BYTES);
        space = new VideoFanOutSpace(sockets.addresses());
        for (int i = 0; i < VideoFanOutSpace.FIRST_FRAMES; i++) {
            space.film();
            space.turns();
        }
        sockets.awaitMore(space.delivered());
    }

    @Override
    public String description() {
        return subscribers + " subscribers of video, " + VideoFanOutSpace.PAYLOAD_LENGTH_BYTES
                + " bytes of payload; mean of all datagrams " + space.sentBytes() / space.sent() + " bytes; "
                + space.description();
    }

    @Override
    public Window product() throws IOException, InterruptedException {
        long delivered = space.delivered();
        long forwarded = space.forwarded();
        ThreadCost cost = new ThreadCost();
        for (int frame = 0; frame < FRAMES; frame++) {
            space.film();
            cost.begin();
            space.turns();
            cost.end();
        }
        long packets = space.forwarded() - forwarded;
        // The pacer may keep a packet or two for the next window.
        if (Math.abs(packets - (long) ROUNDS * subscribers) > subscribers) {
            throw new IllegalStateException(packets + " of " + ROUNDS * subscribers + " packets were forwarded");
        }
        sockets.awaitMore(space.delivered() - delivered);
        return cost.of(packets);
    }

    @Override
    public Window yardstick() throws InterruptedException {
        long packets = (long) ROUNDS * subscribers;
        long sent = 0;
        ThreadCost cost = new ThreadCost();
        for (int frame = 0; frame < FRAMES; frame++) {
            cost.begin();
            for (int round = 0; round < PACKETS_PER_FRAME; round++) {
                sent += loop.round();
            }
            cost.end();
        }
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
