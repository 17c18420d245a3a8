package dev.rostrum.bench.media;

import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback.Arrival;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Sees a camera: tells the server ten times a second when packets arrived (transport-wide feedback), as browsers do, and
 * which encoding is shown.
 *
 * <p>Owned by its connection's loop.
 */
final class Viewing {

    /** The id of transport-wide sequence numbers in the offer. */
    static final int TRANSPORT_CC_ID = 3;

    private static final long FEEDBACK_NS = 100_000_000L;
    private static final long TICK_NS = 250_000L;
    private static final long REFERENCE_NS = 64_000_000L;
    private static final int MOST = 1024;
    private static final int NOTHING = -1;

    private final MediaConnection connection;
    private final MediaLoop loop;
    private final Deadline deadline = new Deadline(this::onDeadline);
    private final int[] numbers = new int[MOST];
    private final long[] arrivedNs = new long[MOST];
    private int arrived;
    private int base = NOTHING;
    private int mediaSsrc;
    private int feedbacks;
    private int encoding = NOTHING;
    private long switches;

    Viewing(MediaConnection connection, MediaLoop loop) {
        this.connection = connection;
        this.loop = loop;
    }

    void start(long nowNs) {
        loop.deadlines.schedule(deadline, nowNs + loop.random.nextLong(FEEDBACK_NS));
    }

    void stop() {
        loop.deadlines.cancel(deadline);
    }

    void onPacket(ByteBuffer in, int offset, int lengthBytes, long nowNs) {
        int number = transportNumber(in, offset, lengthBytes);
        if (number >= 0 && arrived < MOST) {
            mediaSsrc = in.getInt(offset + 8);
            numbers[arrived] = number;
            arrivedNs[arrived++] = nowNs;
        }
        if ((in.get(offset + 1) & 0x7f) == Camera.PAYLOAD_TYPE) {
            // Encodings differ in the length of their packets; what is shorter than all is padding.
            int shown = lengthBytes > 1000 ? 2 : lengthBytes > 550 ? 1 : lengthBytes > 250 ? 0 : encoding;
            if (shown != encoding) {
                switches += encoding == NOTHING ? 0 : 1;
                encoding = shown;
            }
        }
    }

    /** The transport-wide number in the header, which is not encrypted; or -1. */
    private static int transportNumber(ByteBuffer in, int offset, int lengthBytes) {
        if ((in.get(offset) & 0x10) == 0) {
            return NOTHING;
        }
        int at = offset + 12 + 4 * (in.get(offset) & 0x0f);
        if ((in.getShort(at) & 0xffff) != 0xBEDE) {
            return NOTHING;
        }
        int end = Math.min(offset + lengthBytes, at + 4 + 4 * (in.getShort(at + 2) & 0xffff));
        for (at += 4; at + 2 < end; ) {
            int element = in.get(at) & 0xff;
            if (element >>> 4 == TRANSPORT_CC_ID) {
                return in.getShort(at + 1) & 0xffff;
            }
            at += element == 0 ? 1 : 2 + (element & 0x0f);
        }
        return NOTHING;
    }

    private void onDeadline(long nowNs) {
        loop.deadlines.schedule(deadline, nowNs + FEEDBACK_NS);
        if (arrived == 0) {
            return;
        }
        int from = base == NOTHING ? numbers[0] : base;
        long reference = arrivedNs[0] / REFERENCE_NS;
        long ticks = reference * (REFERENCE_NS / TICK_NS);
        int last = -1;
        List<Arrival> arrivals = new ArrayList<>(arrived);
        for (int i = 0; i < arrived; i++) {
            int step = (short) (numbers[i] - from);
            if (step <= last) {
                continue; // late, and told as missing: so would a browser on a short interval
            }
            last = step;
            long arrivedTicks = arrivedNs[i] / TICK_NS;
            arrivals.add(new Arrival(numbers[i], (int) (arrivedTicks - ticks)));
            ticks = arrivedTicks;
        }
        arrived = 0;
        if (last >= 0) {
            base = from + last + 1 & 0xffff;
            connection.sendRtcp(new RtcpMessage.TransportFeedback(
                    connection.ssrc(),
                    mediaSsrc,
                    from,
                    last + 1,
                    (int) reference & 0xffffff,
                    feedbacks++ & 0xff,
                    arrivals));
        }
    }

    Pictures pictures() {
        return new Pictures(
                0, Long.MAX_VALUE, switches, encoding == 0 ? 1 : 0, encoding == 1 ? 1 : 0, encoding == 2 ? 1 : 0);
    }
}
