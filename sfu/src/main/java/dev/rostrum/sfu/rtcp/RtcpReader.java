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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Walks an RTCP datagram, compound (RFC 3550 §6.1) or reduced-size (RFC 5506), and hands its messages to a visitor.
 *
 * <p>Owned by one shard. It never throws on bytes of the network, and allocates no more than a small multiple of the datagram's
 * length; nothing for transport-wide feedback. Application-defined and unknown packets are skipped.
 */
public final class RtcpReader {

    /** Gets the messages of a datagram in their order. */
    @FunctionalInterface
    public interface Visitor {

        void onMessage(RtcpMessage message);

        /** Transport-wide feedback, which holds until this returns. */
        default void onTransportFeedback(TransportArrivals arrivals) {
            onMessage(arrivals.toMessage());
        }
    }

    private static final int HEADER_BYTES = 4;
    private static final int FIRST_PACKET_TYPE = 192;
    private static final int LAST_PACKET_TYPE = 223;

    private final TransportArrivals arrivals = new TransportArrivals();

    /**
     * Reads the datagram of {@code lengthBytes} at {@code offset} of a big-endian buffer.
     *
     * @return NONE if all of it was read; else why some of it could not be. All other messages hold: a packet says itself where
     *     the next one begins, so only its header can hide what is behind it
     */
    public RtcpFault read(ByteBuffer bytes, int offset, int lengthBytes, Visitor visitor) {
        int end = offset + lengthBytes;
        int at = offset;
        RtcpFault found = RtcpFault.NONE;
        do {
            if (end - at < HEADER_BYTES) {
                return RtcpFault.TRUNCATED;
            }
            int first = bytes.get(at) & 0xFF;
            if (first >>> 6 != 2) {
                return RtcpFault.BAD_VERSION;
            }
            int type = bytes.get(at + 1) & 0xFF;
            if (type < FIRST_PACKET_TYPE || type > LAST_PACKET_TYPE) {
                return RtcpFault.NOT_RTCP;
            }
            int next = at + HEADER_BYTES + 4 * (bytes.getShort(at + 2) & 0xFFFF);
            if (next > end) {
                return RtcpFault.LENGTH_OVERRUN;
            }
            int padding = (first & 0x20) == 0 ? 0 : bytes.get(next - 1) & 0xFF;
            boolean badPadding = (first & 0x20) != 0 && (padding == 0 || padding > next - at - HEADER_BYTES);
            RtcpFault fault = badPadding
                    ? RtcpFault.BAD_PADDING
                    : readBody(bytes, type, first & 0x1F, at + HEADER_BYTES, next - padding, visitor);
            found = found == RtcpFault.NONE ? fault : found;
            at = next;
        } while (at < end);
        return found;
    }

    private RtcpFault readBody(ByteBuffer bytes, int type, int count, int at, int end, Visitor visitor) {
        return switch (type) {
            case PacketType.SENDER_REPORT -> senderReport(bytes, count, at, end, visitor);
            case PacketType.RECEIVER_REPORT -> receiverReport(bytes, count, at, end, visitor);
            case PacketType.SOURCE_DESCRIPTION -> sourceDescription(bytes, count, at, end, visitor);
            case PacketType.GOODBYE -> goodbye(bytes, count, at, end, visitor);
            case PacketType.TRANSPORT_LAYER_FEEDBACK ->
                switch (count) {
                    case PacketType.NACK -> nack(bytes, at, end, visitor);
                    case PacketType.TRANSPORT_WIDE -> transportFeedback(bytes, at, end, visitor);
                    default -> RtcpFault.NONE;
                };
            case PacketType.PAYLOAD_SPECIFIC_FEEDBACK ->
                switch (count) {
                    case PacketType.PICTURE_LOSS -> pictureLoss(bytes, at, end, visitor);
                    case PacketType.FULL_INTRA_REQUEST -> fullIntraRequest(bytes, at, end, visitor);
                    case PacketType.APPLICATION_LAYER -> estimate(bytes, at, end, visitor);
                    default -> RtcpFault.NONE;
                };
            case PacketType.EXTENDED_REPORT -> extendedReport(bytes, at, end, visitor);
            default -> RtcpFault.NONE;
        };
    }

    private static RtcpFault senderReport(ByteBuffer bytes, int count, int at, int end, Visitor visitor) {
        if (end - at < 24 + count * ReportBlock.LENGTH_BYTES) {
            return RtcpFault.BODY_TOO_SHORT;
        }
        visitor.onMessage(new SenderReport(
                bytes.getInt(at),
                bytes.getLong(at + 4),
                bytes.getInt(at + 12),
                bytes.getInt(at + 16),
                bytes.getInt(at + 20),
                reportBlocks(bytes, count, at + 24)));
        return RtcpFault.NONE;
    }

    private static RtcpFault receiverReport(ByteBuffer bytes, int count, int at, int end, Visitor visitor) {
        if (end - at < 4 + count * ReportBlock.LENGTH_BYTES) {
            return RtcpFault.BODY_TOO_SHORT;
        }
        visitor.onMessage(new ReceiverReport(bytes.getInt(at), reportBlocks(bytes, count, at + 4)));
        return RtcpFault.NONE;
    }

    private static List<ReportBlock> reportBlocks(ByteBuffer bytes, int count, int start) {
        ReportBlock[] blocks = new ReportBlock[count];
        for (int i = 0; i < count; i++) {
            int at = start + i * ReportBlock.LENGTH_BYTES;
            int loss = bytes.getInt(at + 4);
            blocks[i] = new ReportBlock(
                    bytes.getInt(at),
                    loss >>> 24,
                    loss << 8 >> 8, // 24 bits with their sign
                    bytes.getInt(at + 8),
                    bytes.getInt(at + 12),
                    bytes.getInt(at + 16),
                    bytes.getInt(at + 20));
        }
        return List.of(blocks);
    }

    private static RtcpFault sourceDescription(ByteBuffer bytes, int count, int start, int end, Visitor visitor) {
        List<SourceDescription.Chunk> chunks = new ArrayList<>(count);
        int at = start;
        for (int i = 0; i < count; i++) {
            if (end - at < 8) { // an SSRC, and at least the null octet that ends the items, padded to 32 bits
                return RtcpFault.BODY_TOO_SHORT;
            }
            int chunkStart = at;
            int ssrc = bytes.getInt(at);
            at += 4;
            String cname = "";
            while (at < end && bytes.get(at) != 0) {
                if (end - at < 2) {
                    return RtcpFault.BODY_TOO_SHORT;
                }
                int item = bytes.get(at) & 0xFF;
                int itemBytes = bytes.get(at + 1) & 0xFF;
                at += 2;
                if (itemBytes > end - at) {
                    return RtcpFault.BAD_BODY;
                }
                if (item == PacketType.CNAME && cname.isEmpty()) {
                    cname = text(bytes, at, itemBytes);
                }
                at += itemBytes;
            }
            if (at == end) {
                return RtcpFault.BAD_BODY; // the items have no end
            }
            at = chunkStart + ((at + 1 - chunkStart + 3) & ~3);
            if (at > end) {
                return RtcpFault.BAD_BODY;
            }
            chunks.add(new SourceDescription.Chunk(ssrc, cname));
        }
        visitor.onMessage(new SourceDescription(chunks));
        return RtcpFault.NONE;
    }

    private static RtcpFault goodbye(ByteBuffer bytes, int count, int at, int end, Visitor visitor) {
        int reasonAt = at + 4 * count;
        if (reasonAt > end) {
            return RtcpFault.BODY_TOO_SHORT;
        }
        String reason = "";
        if (reasonAt < end) {
            int reasonBytes = bytes.get(reasonAt) & 0xFF;
            if (reasonBytes > end - reasonAt - 1) {
                return RtcpFault.BAD_BODY;
            }
            reason = text(bytes, reasonAt + 1, reasonBytes);
        }
        visitor.onMessage(new Goodbye(ints(bytes, at, count), reason));
        return RtcpFault.NONE;
    }

    private static RtcpFault nack(ByteBuffer bytes, int at, int end, Visitor visitor) {
        if (end - at < 12) {
            return RtcpFault.BODY_TOO_SHORT;
        }
        List<Integer> missing = new ArrayList<>();
        for (int item = at + 8; end - item >= 4; item += 4) {
            int first = bytes.getShort(item) & 0xFFFF;
            missing.add(first);
            int following = bytes.getShort(item + 2) & 0xFFFF;
            for (int bit = 0; bit < 16; bit++) {
                if ((following >>> bit & 1) != 0) {
                    missing.add((first + bit + 1) & 0xFFFF);
                }
            }
        }
        visitor.onMessage(new Nack(bytes.getInt(at), bytes.getInt(at + 4), missing));
        return RtcpFault.NONE;
    }

    private RtcpFault transportFeedback(ByteBuffer bytes, int at, int end, Visitor visitor) {
        RtcpFault fault = TransportFeedbackCodec.read(bytes, at, end, arrivals);
        if (fault == RtcpFault.NONE) {
            visitor.onTransportFeedback(arrivals);
        }
        return fault;
    }

    private static RtcpFault pictureLoss(ByteBuffer bytes, int at, int end, Visitor visitor) {
        if (end - at < 8) {
            return RtcpFault.BODY_TOO_SHORT;
        }
        visitor.onMessage(new PictureLossIndication(bytes.getInt(at), bytes.getInt(at + 4)));
        return RtcpFault.NONE;
    }

    private static RtcpFault fullIntraRequest(ByteBuffer bytes, int at, int end, Visitor visitor) {
        if (end - at < 16) {
            return RtcpFault.BODY_TOO_SHORT;
        }
        List<FullIntraRequest.Request> requests = new ArrayList<>();
        for (int item = at + 8; end - item >= 8; item += 8) {
            requests.add(new FullIntraRequest.Request(bytes.getInt(item), bytes.get(item + 4) & 0xFF));
        }
        visitor.onMessage(new FullIntraRequest(bytes.getInt(at), requests));
        return RtcpFault.NONE;
    }

    private static RtcpFault estimate(ByteBuffer bytes, int at, int end, Visitor visitor) {
        if (end - at < 12 || bytes.getInt(at + 8) != PacketType.REMB) {
            return RtcpFault.NONE; // some other application's feedback
        }
        if (end - at < 16) {
            return RtcpFault.BODY_TOO_SHORT;
        }
        int word = bytes.getInt(at + 12);
        int count = word >>> 24;
        if (end - at < 16 + 4 * count) {
            return RtcpFault.BODY_TOO_SHORT;
        }
        int exponent = word >>> 18 & 0x3F;
        long mantissa = word & 0x3FFFF;
        if (exponent > Long.numberOfLeadingZeros(mantissa) - 1) {
            return RtcpFault.BAD_BODY; // more than 2^63 bit/s
        }
        visitor.onMessage(new ReceiverEstimatedMaximumBitrate(
                bytes.getInt(at), mantissa << exponent, ints(bytes, at + 16, count)));
        return RtcpFault.NONE;
    }

    private static RtcpFault extendedReport(ByteBuffer bytes, int start, int end, Visitor visitor) {
        if (end - start < 4) {
            return RtcpFault.BODY_TOO_SHORT;
        }
        long referenceTime = 0;
        List<ExtendedReport.Delay> delays = new ArrayList<>();
        int at = start + 4;
        while (at < end) {
            if (end - at < 4) {
                return RtcpFault.BODY_TOO_SHORT;
            }
            int type = bytes.get(at) & 0xFF;
            int blockEnd = at + 4 + 4 * (bytes.getShort(at + 2) & 0xFFFF);
            if (blockEnd > end) {
                return RtcpFault.BAD_BODY;
            }
            at += 4;
            if (type == PacketType.REFERENCE_TIME && blockEnd - at >= 8) {
                referenceTime = bytes.getLong(at);
            } else if (type == PacketType.DELAY_SINCE_REFERENCE) {
                for (; blockEnd - at >= 12; at += 12) {
                    delays.add(new ExtendedReport.Delay(bytes.getInt(at), bytes.getInt(at + 4), bytes.getInt(at + 8)));
                }
            }
            at = blockEnd;
        }
        visitor.onMessage(new ExtendedReport(bytes.getInt(start), referenceTime, delays));
        return RtcpFault.NONE;
    }

    private static List<Integer> ints(ByteBuffer bytes, int at, int count) {
        Integer[] ints = new Integer[count];
        for (int i = 0; i < count; i++) {
            ints[i] = bytes.getInt(at + 4 * i);
        }
        return List.of(ints);
    }

    private static String text(ByteBuffer bytes, int at, int lengthBytes) {
        byte[] text = new byte[lengthBytes];
        bytes.get(at, text);
        return new String(text, StandardCharsets.UTF_8);
    }
}
