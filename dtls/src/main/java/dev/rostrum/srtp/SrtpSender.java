package dev.rostrum.srtp;

import dev.rostrum.srtp.KeyDerivation.SessionKeys;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Protects what one endpoint is sent, with the local keys of its session: RTP of any number of SSRCs, and RTCP (RFC
 * 3711, RFC 7714).
 *
 * <p>Owned by one thread. Keys are derived and native memory is taken when the first packet needs them; {@link #close}
 * gives it back. Protecting allocates nothing, except for an SSRC's first packet, if the provider is OpenSSL.
 */
public final class SrtpSender implements AutoCloseable {

    /** How many SSRCs a session may send: far more than slots, so that only a fault gets there. */
    static final int MAXIMUM_STREAMS = 1024;

    /** Packets recovered late are forwarded late: the window is about a second of video. */
    static final int WINDOW_PACKETS = 512;

    /** The number of SRTP packets that one key may protect (RFC 3711 §9.2). */
    static final long RTP_PACKET_LIMIT = 1L << 48;

    /** The number of SRTCP packets that one key may protect (RFC 3711 §9.2). */
    static final long RTCP_PACKET_LIMIT = 1L << 31;

    /** Of the SSRC that was sent last, which is most often the next one, too: spares two looks into cold memory. */
    private @Nullable ReplayWindow lastWindow;

    // Beside it, because every packet needs both.
    private @Nullable SrtpCipher rtpCipher;
    private @Nullable SrtpCipher rtcpCipher;

    private final SrtpKeys keys;
    private final SrtpCipherProvider provider;
    private final int tagLengthBytes;
    private final boolean aead;
    private final StreamTable streams = new StreamTable(MAXIMUM_STREAMS, WINDOW_PACKETS);
    private long rtpPackets;
    private long rtcpPackets; // is the next SRTCP index, too: one count for all SSRCs keeps every nonce unique
    private boolean closed;

    /** A sender for a session's local keys. */
    public SrtpSender(SrtpKeys keys, SrtpCipherProvider provider) {
        this(keys, provider, null, null);
    }

    /** A sender whose ciphers are there already. */
    SrtpSender(
            SrtpKeys keys,
            SrtpCipherProvider provider,
            @Nullable SrtpCipher rtpCipher,
            @Nullable SrtpCipher rtcpCipher) {
        this.keys = keys;
        this.provider = provider;
        this.tagLengthBytes = keys.profile().tagLengthBytes();
        this.aead = keys.profile().aead();
        this.rtpCipher = rtpCipher;
        this.rtcpCipher = rtcpCipher;
    }

    /**
     * Protects an RTP packet: encrypts the payload to the end of the header and appends the tag.
     *
     * <p>Sequence numbers may come out of order, and around their wrap; each may be sent once, because two different
     * packets under one index would betray both. Padding is part of the payload.
     *
     * @param out holds the header and takes the whole packet
     * @param outOffset where the header starts
     * @param headerLengthBytes length of the header with CSRCs and extension
     * @param payload holds the payload; may be {@code out} if the payload is already behind its header, or does not
     *     overlap with the packet
     * @return the length of the protected packet, or the code of a {@link SrtpFailure}: {@code MALFORMED},
     *     {@code NO_ROOM}, {@code REPLAYED}, {@code TOO_OLD}, {@code KEY_EXPIRED}, {@code TOO_MANY_STREAMS},
     *     {@code CIPHER} or {@code CLOSED}
     */
    public int protectRtp(
            Slab out, int outOffset, int headerLengthBytes, Slab payload, int payloadOffset, int payloadLengthBytes) {
        if (closed) {
            return SrtpFailure.CLOSED.code();
        }
        if (!SrtpPacket.inside(out, outOffset, headerLengthBytes)
                || !SrtpPacket.inside(payload, payloadOffset, payloadLengthBytes)) {
            return SrtpFailure.MALFORMED.code();
        }
        long protectedLengthBytes = (long) headerLengthBytes + payloadLengthBytes + tagLengthBytes;
        if (!SrtpPacket.inside(out, outOffset, protectedLengthBytes)) {
            return SrtpFailure.NO_ROOM.code();
        }
        ByteBuffer header = out.bytes();
        if (SrtpPacket.rtpHeaderLengthBytes(header, outOffset, headerLengthBytes) != headerLengthBytes) {
            return SrtpFailure.MALFORMED.code();
        }
        if (payload == out
                && payloadOffset != outOffset + headerLengthBytes
                && payloadOffset < outOffset + protectedLengthBytes
                && outOffset < payloadOffset + payloadLengthBytes) {
            return SrtpFailure.MALFORMED.code();
        }

        int ssrc = header.getInt(outOffset + SrtpPacket.RTP_SSRC_OFFSET);
        int sequenceNumber = header.getShort(outOffset + SrtpPacket.SEQUENCE_NUMBER_OFFSET) & 0xffff;
        ReplayWindow last = lastWindow;
        ReplayWindow window = last != null && last.ssrc() == ssrc ? last : streams.get(ssrc);
        long index;
        if (window == null) {
            if (streams.full()) {
                return SrtpFailure.TOO_MANY_STREAMS.code();
            }
            index = sequenceNumber;
        } else {
            index = RolloverCounter.index(window.highest(), sequenceNumber);
            int repeated = window.check(index);
            if (repeated < 0) {
                return repeated;
            }
        }
        if (index >= RolloverCounter.INDEX_LIMIT || rtpPackets >= RTP_PACKET_LIMIT) {
            return SrtpFailure.KEY_EXPIRED.code();
        }
        SrtpCipher cipher = rtpCipher();
        int tagOffset = outOffset + headerLengthBytes + payloadLengthBytes;
        if (cipher == null
                || !cipher.seal(
                        out,
                        outOffset,
                        headerLengthBytes,
                        payload,
                        payloadOffset,
                        payloadLengthBytes,
                        ssrc,
                        index,
                        (int) (index >>> 16),
                        tagOffset)) {
            return SrtpFailure.CIPHER.code();
        }
        rtpPackets++;
        if (window == null) {
            window = streams.add(ssrc);
        }
        lastWindow = window;
        window.accept(index);
        return (int) protectedLengthBytes;
    }

    /**
     * Protects a compound or reduced-size RTCP packet where it is: encrypts all behind the first eight bytes and appends
     * index and tag.
     *
     * @return the length of the protected packet, or the code of a {@link SrtpFailure}: {@code MALFORMED},
     *     {@code NO_ROOM}, {@code KEY_EXPIRED}, {@code CIPHER} or {@code CLOSED}
     */
    public int protectRtcp(Slab slab, int offset, int lengthBytes) {
        if (closed) {
            return SrtpFailure.CLOSED.code();
        }
        if (lengthBytes < SrtpPacket.RTCP_HEADER_LENGTH_BYTES
                || !SrtpPacket.inside(slab, offset, lengthBytes)
                || !SrtpPacket.versionFits(slab.bytes(), offset)) {
            return SrtpFailure.MALFORMED.code();
        }
        long protectedLengthBytes = (long) lengthBytes + SrtpPacket.SRTCP_INDEX_LENGTH_BYTES + tagLengthBytes;
        if (!SrtpPacket.inside(slab, offset, protectedLengthBytes)) {
            return SrtpFailure.NO_ROOM.code();
        }
        if (rtcpPackets >= RTCP_PACKET_LIMIT) {
            return SrtpFailure.KEY_EXPIRED.code();
        }
        int ssrc = slab.bytes().getInt(offset + SrtpPacket.RTCP_SSRC_OFFSET);
        int index = (int) rtcpPackets;
        int trailer = SrtpPacket.SRTCP_ENCRYPTED | index;
        int end = offset + lengthBytes;
        // With AEAD the tag belongs to what is encrypted and the index is last (RFC 7714 §9), else the tag is last.
        int indexOffset = aead ? end + tagLengthBytes : end;
        int tagOffset = aead ? end : end + SrtpPacket.SRTCP_INDEX_LENGTH_BYTES;
        SrtpCipher cipher = rtcpCipher();
        if (cipher == null
                || !cipher.seal(
                        slab,
                        offset,
                        SrtpPacket.RTCP_HEADER_LENGTH_BYTES,
                        slab,
                        offset + SrtpPacket.RTCP_HEADER_LENGTH_BYTES,
                        lengthBytes - SrtpPacket.RTCP_HEADER_LENGTH_BYTES,
                        ssrc,
                        index,
                        trailer,
                        tagOffset)) {
            return SrtpFailure.CIPHER.code();
        }
        slab.bytes().putInt(indexOffset, trailer);
        rtcpPackets++;
        return (int) protectedLengthBytes;
    }

    /** Continues an SSRC behind an index that it has used, as if all packets up to it had been sent. */
    void continueRtp(int ssrc, long highestIndex) {
        ReplayWindow window = streams.get(ssrc);
        (window == null ? streams.add(ssrc) : window).accept(highestIndex);
        rtpPackets += highestIndex + 1;
    }

    /** Continues with an SRTCP index. */
    void continueRtcp(long nextIndex) {
        rtcpPackets = nextIndex;
    }

    /** Frees the native memory; nothing can be sent afterwards. Closing twice does no harm. */
    @Override
    public void close() {
        closed = true;
        if (rtpCipher != null) {
            rtpCipher.close();
            rtpCipher = null;
        }
        if (rtcpCipher != null) {
            rtcpCipher.close();
            rtcpCipher = null;
        }
    }

    private @Nullable SrtpCipher rtpCipher() {
        if (rtpCipher == null) {
            SessionKeys derived = KeyDerivation.rtp(keys.profile(), keys.localKey(), keys.localSalt());
            rtpCipher = provider.create(keys.profile(), derived, false, true);
            derived.clear();
        }
        return rtpCipher;
    }

    private @Nullable SrtpCipher rtcpCipher() {
        if (rtcpCipher == null) {
            SessionKeys derived = KeyDerivation.rtcp(keys.profile(), keys.localKey(), keys.localSalt());
            rtcpCipher = provider.create(keys.profile(), derived, true, true);
            derived.clear();
        }
        return rtcpCipher;
    }
}
