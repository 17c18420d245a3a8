package dev.rostrum.sfu.rtcp;

import dev.rostrum.sfu.rtcp.RtcpMessage.ExtendedReport;
import dev.rostrum.sfu.rtcp.RtcpMessage.FullIntraRequest;
import dev.rostrum.sfu.rtcp.RtcpMessage.Goodbye;
import dev.rostrum.sfu.rtcp.RtcpMessage.Nack;
import dev.rostrum.sfu.rtcp.RtcpMessage.PictureLossIndication;
import dev.rostrum.sfu.rtcp.RtcpMessage.ReceiverEstimatedMaximumBitrate;
import dev.rostrum.sfu.rtcp.RtcpMessage.ReceiverReport;
import dev.rostrum.sfu.rtcp.RtcpMessage.SenderReport;
import dev.rostrum.sfu.rtcp.RtcpMessage.SourceDescription;
import dev.rostrum.sfu.rtcp.RtcpMessage.TransportFeedback;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes one RTCP datagram after the other: {@link #begin} or {@link #beginReducedSize}, then {@link #add} for each
 * message, then {@link #end}.
 *
 * <p>Mutable, for one thread. It keeps the rules of compound datagrams (RFC 3550 §6.1): a report comes first, and there
 * is a CNAME; breaking them is a mistake of the caller's and throws.
 */
public final class RtcpWriter {

    private static final int VERSION = 0x80;
    private static final int HEADER_BYTES = 4;
    private static final int MAX_COUNT = 31;
    private static final int MAX_TEXT_BYTES = 255;
    private static final int REMB_MANTISSA_BITS = 18;

    /** After a NACK's first number, how many more one item can name. */
    private static final int NACK_FOLLOWERS = 16;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private ByteBuffer out = NOTHING;
    private int start;
    private int at;
    private int limit;
    private boolean compound;
    private boolean named;
    private int namesAt = -1; // the source description that ends the datagram so far and may grow; -1 if none
    private int names;

    /** Starts a compound datagram at {@code offset} of a big-endian buffer, of at most {@code roomBytes}. */
    public void begin(ByteBuffer out, int offset, int roomBytes) {
        beginReducedSize(out, offset, roomBytes);
        compound = true;
    }

    /** Starts a reduced-size datagram (RFC 5506): any messages in any order, for peers that negotiated it. */
    public void beginReducedSize(ByteBuffer out, int offset, int roomBytes) {
        this.out = out;
        start = offset;
        at = offset;
        limit = offset + roomBytes;
        compound = false;
        named = false;
        namesAt = -1;
    }

    /**
     * Adds a message. Reports of more than 31 blocks go on in further receiver reports.
     *
     * @return false if there is no room for it; then it is not in the datagram, which may go on with others
     * @throws IllegalStateException if it comes first in a compound datagram but is no report
     * @throws IllegalArgumentException if the message can't be written at all: too many parts, texts too long, numbers
     *     out of range
     */
    public boolean add(RtcpMessage message) {
        boolean report = message instanceof SenderReport || message instanceof ReceiverReport;
        if (compound && at == start && !report) {
            throw new IllegalStateException("a compound datagram starts with a report");
        }
        int end =
                switch (message) {
                    case SenderReport sr -> senderReport(sr);
                    case ReceiverReport rr -> receiverReports(at, rr.ssrc(), rr.reports());
                    case SourceDescription description -> sourceDescription(description);
                    case Goodbye goodbye -> goodbye(goodbye);
                    case Nack nack -> nack(nack);
                    case PictureLossIndication loss -> pictureLoss(loss);
                    case FullIntraRequest request -> fullIntraRequest(request);
                    case ReceiverEstimatedMaximumBitrate estimate -> estimate(estimate);
                    case TransportFeedback feedback -> transportFeedback(feedback);
                    case ExtendedReport extended -> extendedReport(extended);
                };
        if (end < 0) {
            return false;
        }
        at = end;
        named |= message instanceof SourceDescription;
        namesAt = -1;
        return true;
    }

    /**
     * As {@link #add} with a sender report, without an object for it.
     *
     * @return false if there is no room for it
     */
    public boolean addSenderReport(
            int ssrc, long ntp, int rtpTimestamp, int packets, int octets, List<ReportBlock> reports) {
        int end = senderReport(ssrc, ntp, rtpTimestamp, packets, octets, reports);
        if (end < 0) {
            return false;
        }
        at = end;
        namesAt = -1;
        return true;
    }

    /**
     * Adds the CNAME of a source, without an object for it; names that follow each other share one source description.
     *
     * @param cname in UTF-8
     * @return false if there is no room for it
     * @throws IllegalStateException if it comes first in a compound datagram
     * @throws IllegalArgumentException if the name is too long, or too many names follow each other
     */
    public boolean addName(int ssrc, byte[] cname) {
        if (compound && at == start) {
            throw new IllegalStateException("a compound datagram starts with a report");
        }
        int count = checkCount(namesAt < 0 ? 1 : names + 1);
        int end = chunk(namesAt < 0 ? at + HEADER_BYTES : at, ssrc, checkLength(cname));
        if (end < 0) {
            return false;
        }
        namesAt = namesAt < 0 ? at : namesAt;
        names = count;
        at = header(namesAt, PacketType.SOURCE_DESCRIPTION, count, end);
        named = true;
        return true;
    }

    /** The length of the datagram so far. */
    public int lengthBytes() {
        return at - start;
    }

    /**
     * Ends the datagram.
     *
     * @return its length
     * @throws IllegalStateException if a compound datagram has no source description
     */
    public int end() {
        if (compound && !named) {
            throw new IllegalStateException("a compound datagram has a CNAME");
        }
        return at - start;
    }

    private int senderReport(SenderReport report) {
        return senderReport(
                report.ssrc(),
                report.ntp(),
                report.rtpTimestamp(),
                report.packets(),
                report.octets(),
                report.reports());
    }

    private int senderReport(int ssrc, long ntp, int rtpTimestamp, int packets, int octets, List<ReportBlock> reports) {
        int first = Math.min(MAX_COUNT, reports.size());
        int end = at + HEADER_BYTES + 24 + first * ReportBlock.LENGTH_BYTES;
        if (end > limit) {
            return -1;
        }
        out.putInt(at + 4, ssrc);
        out.putLong(at + 8, ntp);
        out.putInt(at + 16, rtpTimestamp);
        out.putInt(at + 20, packets);
        out.putInt(at + 24, octets);
        reportBlocks(at + 28, reports, 0, first);
        header(at, PacketType.SENDER_REPORT, first, end);
        return first == reports.size() ? end : receiverReports(end, ssrc, reports.subList(first, reports.size()));
    }

    private int receiverReports(int from, int ssrc, List<ReportBlock> reports) {
        int packetAt = from;
        int done = 0;
        do {
            int count = Math.min(MAX_COUNT, reports.size() - done);
            int end = packetAt + HEADER_BYTES + 4 + count * ReportBlock.LENGTH_BYTES;
            if (end > limit) {
                return -1;
            }
            out.putInt(packetAt + 4, ssrc);
            reportBlocks(packetAt + 8, reports, done, done + count);
            header(packetAt, PacketType.RECEIVER_REPORT, count, end);
            packetAt = end;
            done += count;
        } while (done < reports.size());
        return packetAt;
    }

    private void reportBlocks(int from, List<ReportBlock> reports, int first, int end) {
        int blockAt = from;
        for (int i = first; i < end; i++) {
            ReportBlock block = reports.get(i);
            out.putInt(blockAt, block.ssrc());
            out.putInt(blockAt + 4, (block.fractionLost() << 24) | (block.cumulativeLost() & 0xFF_FFFF));
            out.putInt(blockAt + 8, block.highestSequenceNumber());
            out.putInt(blockAt + 12, block.jitter());
            out.putInt(blockAt + 16, block.lastSenderReport());
            out.putInt(blockAt + 20, block.delay());
            blockAt += ReportBlock.LENGTH_BYTES;
        }
    }

    private int sourceDescription(SourceDescription description) {
        int count = checkCount(description.chunks().size());
        int itemAt = at + HEADER_BYTES;
        for (SourceDescription.Chunk chunk : description.chunks()) {
            itemAt = chunk(itemAt, chunk.ssrc(), text(chunk.cname()));
            if (itemAt < 0) {
                return -1;
            }
        }
        return header(at, PacketType.SOURCE_DESCRIPTION, count, itemAt);
    }

    private int chunk(int chunkAt, int ssrc, byte[] cname) {
        int itemBytes = cname.length == 0 ? 0 : 2 + cname.length;
        int end = chunkAt + 4 + ((itemBytes + 1 + 3) & ~3);
        if (end > limit) {
            return -1;
        }
        out.putInt(chunkAt, ssrc);
        int itemAt = chunkAt + 4;
        if (itemBytes > 0) {
            out.put(itemAt, (byte) PacketType.CNAME);
            out.put(itemAt + 1, (byte) cname.length);
            out.put(itemAt + 2, cname);
        }
        zero(itemAt + itemBytes, end);
        return end;
    }

    private int goodbye(Goodbye goodbye) {
        int count = checkCount(goodbye.ssrcs().size());
        byte[] reason = text(goodbye.reason());
        int reasonAt = at + HEADER_BYTES + 4 * count;
        int end = reasonAt + (reason.length == 0 ? 0 : (1 + reason.length + 3) & ~3);
        if (end > limit) {
            return -1;
        }
        ints(at + HEADER_BYTES, goodbye.ssrcs());
        if (reason.length > 0) {
            out.put(reasonAt, (byte) reason.length);
            out.put(reasonAt + 1, reason);
            zero(reasonAt + 1 + reason.length, end);
        }
        return header(at, PacketType.GOODBYE, count, end);
    }

    private int nack(Nack nack) {
        List<Integer> missing = nack.sequenceNumbers();
        if (missing.isEmpty()) {
            throw new IllegalArgumentException("a NACK names at least one packet");
        }
        int itemAt = feedbackStart(nack.senderSsrc(), nack.mediaSsrc());
        if (itemAt < 0) {
            return -1;
        }
        int i = 0;
        while (i < missing.size()) {
            if (limit - itemAt < 4) {
                return -1;
            }
            int first = missing.get(i++);
            int following = 0;
            int reached = 0;
            while (i < missing.size()) {
                int distance = (missing.get(i) - first) & 0xFFFF;
                if (distance <= reached || distance > NACK_FOLLOWERS) {
                    break; // in no order: a new item, so that the reader finds the same order
                }
                following |= 1 << (distance - 1);
                reached = distance;
                i++;
            }
            out.putInt(itemAt, first << 16 | following);
            itemAt += 4;
        }
        return header(at, PacketType.TRANSPORT_LAYER_FEEDBACK, PacketType.NACK, itemAt);
    }

    private int pictureLoss(PictureLossIndication loss) {
        int end = feedbackStart(loss.senderSsrc(), loss.mediaSsrc());
        return end < 0 ? -1 : header(at, PacketType.PAYLOAD_SPECIFIC_FEEDBACK, PacketType.PICTURE_LOSS, end);
    }

    private int fullIntraRequest(FullIntraRequest request) {
        if (request.requests().isEmpty()) {
            throw new IllegalArgumentException("a FIR names at least one source");
        }
        int itemAt = feedbackStart(request.senderSsrc(), 0);
        int end = itemAt + 8 * request.requests().size();
        if (itemAt < 0 || end > limit) {
            return -1;
        }
        for (FullIntraRequest.Request item : request.requests()) {
            out.putInt(itemAt, item.ssrc());
            out.putInt(itemAt + 4, item.sequenceNumber() << 24);
            itemAt += 8;
        }
        return header(at, PacketType.PAYLOAD_SPECIFIC_FEEDBACK, PacketType.FULL_INTRA_REQUEST, end);
    }

    private int estimate(ReceiverEstimatedMaximumBitrate estimate) {
        List<Integer> ssrcs = estimate.ssrcs();
        if (ssrcs.size() > 0xFF || estimate.bitrateBps() < 0) {
            throw new IllegalArgumentException("not to be written: " + estimate);
        }
        int itemAt = feedbackStart(estimate.senderSsrc(), 0);
        int end = itemAt + 8 + 4 * ssrcs.size();
        if (itemAt < 0 || end > limit) {
            return -1;
        }
        int bits = Long.SIZE - Long.numberOfLeadingZeros(estimate.bitrateBps());
        int exponent = Math.max(0, bits - REMB_MANTISSA_BITS);
        out.putInt(itemAt, PacketType.REMB);
        out.putInt(
                itemAt + 4,
                ssrcs.size() << 24 | exponent << REMB_MANTISSA_BITS | (int) (estimate.bitrateBps() >>> exponent));
        ints(itemAt + 8, ssrcs);
        return header(at, PacketType.PAYLOAD_SPECIFIC_FEEDBACK, PacketType.APPLICATION_LAYER, end);
    }

    private int transportFeedback(TransportFeedback feedback) {
        int end = TransportFeedbackCodec.write(feedback, out, at + HEADER_BYTES, limit);
        int padded = at + ((end - at + 3) & ~3);
        if (end < 0 || padded > limit) {
            return -1;
        }
        zero(end, padded);
        return header(at, PacketType.TRANSPORT_LAYER_FEEDBACK, PacketType.TRANSPORT_WIDE, padded);
    }

    private int extendedReport(ExtendedReport report) {
        int delays = report.delays().size();
        int itemAt = at + HEADER_BYTES + 4;
        int end = itemAt + (report.referenceTime() == 0 ? 0 : 12) + (delays == 0 ? 0 : 4 + 12 * delays);
        if (end > limit) {
            return -1;
        }
        out.putInt(at + HEADER_BYTES, report.ssrc());
        if (report.referenceTime() != 0) {
            out.putInt(itemAt, PacketType.REFERENCE_TIME << 24 | 2);
            out.putLong(itemAt + 4, report.referenceTime());
            itemAt += 12;
        }
        if (delays > 0) {
            out.putInt(itemAt, PacketType.DELAY_SINCE_REFERENCE << 24 | 3 * delays);
            itemAt += 4;
            for (ExtendedReport.Delay delay : report.delays()) {
                out.putInt(itemAt, delay.ssrc());
                out.putInt(itemAt + 4, delay.lastReceiverReport());
                out.putInt(itemAt + 8, delay.delay());
                itemAt += 12;
            }
        }
        return header(at, PacketType.EXTENDED_REPORT, 0, end);
    }

    private int feedbackStart(int senderSsrc, int mediaSsrc) {
        int end = at + HEADER_BYTES + 8;
        if (end > limit) {
            return -1;
        }
        out.putInt(at + HEADER_BYTES, senderSsrc);
        out.putInt(at + HEADER_BYTES + 4, mediaSsrc);
        return end;
    }

    private int header(int packetAt, int type, int count, int end) {
        if (end > limit) {
            return -1;
        }
        out.putInt(packetAt, (VERSION | count) << 24 | type << 16 | ((end - packetAt) / 4 - 1));
        return end;
    }

    private void ints(int from, List<Integer> values) {
        for (int i = 0; i < values.size(); i++) {
            out.putInt(from + 4 * i, values.get(i));
        }
    }

    private void zero(int from, int to) {
        for (int i = from; i < to; i++) {
            out.put(i, (byte) 0);
        }
    }

    private static int checkCount(int count) {
        if (count > MAX_COUNT) {
            throw new IllegalArgumentException(count + " sources in one RTCP packet; it has room for " + MAX_COUNT);
        }
        return count;
    }

    private static byte[] text(String text) {
        return checkLength(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] checkLength(byte[] text) {
        if (text.length > MAX_TEXT_BYTES) {
            throw new IllegalArgumentException("a text of " + text.length + " bytes; RTCP items hold 255");
        }
        return text;
    }
}
