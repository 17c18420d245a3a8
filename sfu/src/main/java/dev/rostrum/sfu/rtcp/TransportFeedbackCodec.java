package dev.rostrum.sfu.rtcp;

import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback;
import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback.Arrival;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The body of transport-wide feedback: packet status chunks and receive deltas
 * (draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1).
 *
 * <p>Stateless. A datagram of 30 bytes may speak of 65,535 lost packets: those cost neither time nor memory here, only
 * received ones do, and each of them brings at least a byte.
 */
final class TransportFeedbackCodec {

    private static final int FIXED_BYTES = 16;
    private static final int MAX_RUN = 0x1FFF;
    private static final int SYMBOLS_PER_VECTOR = 7;

    private static final int NOT_RECEIVED = 0;
    private static final int SMALL_DELTA = 1;
    private static final int LARGE_DELTA = 2;

    private TransportFeedbackCodec() {}

    /** Reads the body into the arrivals, which hold nothing of use if there is a fault. */
    static RtcpFault read(ByteBuffer bytes, int at, int end, TransportArrivals arrivals) {
        if (end - at < FIXED_BYTES) {
            return RtcpFault.BODY_TOO_SHORT;
        }
        int base = bytes.getShort(at + 8) & 0xFFFF;
        int statusCount = bytes.getShort(at + 10) & 0xFFFF;
        int time = bytes.getInt(at + 12);
        int chunksEnd = chunksEnd(bytes, at + FIXED_BYTES, end, statusCount);
        if (chunksEnd < 0) {
            return RtcpFault.BODY_TOO_SHORT;
        }
        arrivals.begin(bytes.getInt(at), bytes.getInt(at + 4), base, statusCount, time >> 8, time & 0xFF);
        int deltaAt = chunksEnd;
        int done = 0;
        for (int chunkAt = at + FIXED_BYTES; chunkAt < chunksEnd; chunkAt += 2) {
            int chunk = bytes.getShort(chunkAt) & 0xFFFF;
            int count = Math.min(symbols(chunk), statusCount - done);
            if (chunk >>> 15 == 0 && symbol(chunk, 0) == NOT_RECEIVED) {
                done += count;
                continue;
            }
            for (int i = 0; i < count; i++) {
                int deltaBytes = symbol(chunk, i);
                if (deltaBytes > LARGE_DELTA) {
                    return RtcpFault.BAD_BODY; // the reserved symbol: nobody knows how long its delta is
                }
                if (deltaBytes > end - deltaAt) {
                    return RtcpFault.BODY_TOO_SHORT;
                }
                if (deltaBytes != NOT_RECEIVED) {
                    int delta = deltaBytes == SMALL_DELTA ? bytes.get(deltaAt) & 0xFF : bytes.getShort(deltaAt);
                    arrivals.add(done + i, delta);
                    deltaAt += deltaBytes;
                }
            }
            done += count;
        }
        return RtcpFault.NONE;
    }

    /** Where the chunks that cover {@code statusCount} packets end; −1 if the body ends before. */
    private static int chunksEnd(ByteBuffer bytes, int start, int end, int statusCount) {
        int at = start;
        int covered = 0;
        while (covered < statusCount) {
            if (end - at < 2) {
                return -1;
            }
            int symbols = symbols(bytes.getShort(at) & 0xFFFF);
            if (symbols == 0) {
                return -1; // a run of none leads nowhere
            }
            covered += symbols;
            at += 2;
        }
        return at;
    }

    private static int symbols(int chunk) {
        if (chunk >>> 15 == 0) {
            return chunk & MAX_RUN;
        }
        return (chunk & 0x4000) == 0 ? 2 * SYMBOLS_PER_VECTOR : SYMBOLS_PER_VECTOR;
    }

    /** A symbol's value is also the length of its delta in bytes, but for the reserved 3. */
    private static int symbol(int chunk, int i) {
        if (chunk >>> 15 == 0) {
            return chunk >>> 13 & 3;
        }
        if ((chunk & 0x4000) == 0) {
            return chunk >>> (13 - i) & 1;
        }
        return chunk >>> (12 - 2 * i) & 3;
    }

    /** Writes the body; returns where it ends, or −1 if there is no room. */
    static int write(TransportFeedback feedback, ByteBuffer out, int start, int end) {
        check(feedback);
        if (end - start < FIXED_BYTES) {
            return -1;
        }
        out.putInt(start, feedback.senderSsrc());
        out.putInt(start + 4, feedback.mediaSsrc());
        out.putShort(start + 8, (short) feedback.baseSequenceNumber());
        out.putShort(start + 10, (short) feedback.statusCount());
        out.putInt(start + 12, (feedback.referenceTime() << 8) | (feedback.feedbackCount() & 0xFF));
        int at = start + FIXED_BYTES;
        int covered = 0;
        List<Arrival> arrivals = feedback.arrivals();
        int next = 0;
        while (covered < feedback.statusCount()) {
            if (end - at < 2) {
                return -1;
            }
            int distance = next < arrivals.size() ? distance(feedback, arrivals.get(next)) : feedback.statusCount();
            if (distance - covered >= SYMBOLS_PER_VECTOR) {
                int run = Math.min(MAX_RUN, distance - covered); // a run of packets not received
                out.putShort(at, (short) run);
                covered += run;
            } else {
                int chunk = 0xC000;
                for (int i = 0; i < SYMBOLS_PER_VECTOR && next < arrivals.size(); i++) {
                    if (distance(feedback, arrivals.get(next)) == covered + i) {
                        chunk |= deltaBytes(arrivals.get(next)) << (12 - 2 * i);
                        next++;
                    }
                }
                out.putShort(at, (short) chunk);
                covered += SYMBOLS_PER_VECTOR;
            }
            at += 2;
        }
        for (Arrival arrival : arrivals) {
            int deltaBytes = deltaBytes(arrival);
            if (deltaBytes > end - at) {
                return -1;
            }
            if (deltaBytes == SMALL_DELTA) {
                out.put(at, (byte) arrival.delta());
            } else {
                out.putShort(at, (short) arrival.delta());
            }
            at += deltaBytes;
        }
        return at;
    }

    private static void check(TransportFeedback feedback) {
        int last = -1;
        for (Arrival arrival : feedback.arrivals()) {
            int distance = distance(feedback, arrival);
            if (distance <= last || distance >= feedback.statusCount()) {
                throw new IllegalArgumentException("arrivals out of order or range: " + feedback);
            }
            last = distance;
        }
    }

    private static int distance(TransportFeedback feedback, Arrival arrival) {
        return (arrival.sequenceNumber() - feedback.baseSequenceNumber()) & 0xFFFF;
    }

    private static int deltaBytes(Arrival arrival) {
        return arrival.delta() >= 0 && arrival.delta() <= 0xFF ? SMALL_DELTA : LARGE_DELTA;
    }
}
