package dev.rostrum.srtp;

import dev.rostrum.srtp.KeyDerivation.SessionKeys;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Unprotects what one endpoint sends, with the remote keys of its session: RTP of up to {@link #MAXIMUM_STREAMS} SSRCs,
 * and RTCP of as many (RFC 3711, RFC 7714).
 *
 * <p>Owned by one thread. Bytes from the network never throw, and change nothing before they are authenticated. Keys are
 * derived and native memory is taken when the first packet needs them; {@link #close} gives it back. Unprotecting
 * allocates nothing, except for an SSRC's first packet, if the provider is OpenSSL.
 */
public final class SrtpReceiver implements AutoCloseable {

    /** How many SSRCs a session may use: who has the keys could invent any number. */
    public static final int MAXIMUM_STREAMS = 64;

    static final int RTP_WINDOW_PACKETS = 1024;
    static final int RTCP_WINDOW_PACKETS = 128;

    private final SrtpKeys keys;
    private final SrtpCipherProvider provider;
    private final int tagLengthBytes;
    private final boolean aead;
    private final StreamTable rtpStreams = new StreamTable(MAXIMUM_STREAMS, RTP_WINDOW_PACKETS);
    private final StreamTable rtcpStreams = new StreamTable(MAXIMUM_STREAMS, RTCP_WINDOW_PACKETS);
    private @Nullable SrtpCipher rtpCipher;
    private @Nullable SrtpCipher rtcpCipher;
    private boolean closed;

    /** A receiver for a session's remote keys. */
    public SrtpReceiver(SrtpKeys keys, SrtpCipherProvider provider) {
        this(keys, provider, null, null);
    }

    /** A receiver whose ciphers are there already. */
    SrtpReceiver(
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
     * Checks, authenticates and decrypts an SRTP packet where it is. After a failure the bytes behind the header are
     * worth nothing.
     *
     * @return the length of the RTP packet, or the code of a {@link SrtpFailure}: {@code MALFORMED},
     *     {@code AUTHENTICATION}, {@code REPLAYED}, {@code TOO_OLD}, {@code KEY_EXPIRED}, {@code TOO_MANY_STREAMS},
     *     {@code CIPHER} or {@code CLOSED}
     */
    public int unprotectRtp(Slab slab, int offset, int lengthBytes) {
        if (closed) {
            return SrtpFailure.CLOSED.code();
        }
        if (!SrtpPacket.inside(slab, offset, lengthBytes)) {
            return SrtpFailure.MALFORMED.code();
        }
        ByteBuffer bytes = slab.bytes();
        int plainLengthBytes = lengthBytes - tagLengthBytes;
        int headerLengthBytes = SrtpPacket.rtpHeaderLengthBytes(bytes, offset, plainLengthBytes);
        if (headerLengthBytes < 0) {
            return SrtpFailure.MALFORMED.code();
        }

        int ssrc = bytes.getInt(offset + SrtpPacket.RTP_SSRC_OFFSET);
        int sequenceNumber = bytes.getShort(offset + SrtpPacket.SEQUENCE_NUMBER_OFFSET) & 0xffff;
        ReplayWindow window = rtpStreams.get(ssrc);
        long index;
        if (window == null) {
            if (rtpStreams.full()) {
                return SrtpFailure.TOO_MANY_STREAMS.code();
            }
            index = sequenceNumber;
        } else {
            index = RolloverCounter.index(window.highest(), sequenceNumber);
            if (index >= RolloverCounter.INDEX_LIMIT) {
                return SrtpFailure.KEY_EXPIRED.code();
            }
            int repeated = window.check(index);
            if (repeated < 0) {
                return repeated;
            }
        }
        SrtpCipher cipher = rtpCipher();
        if (cipher == null) {
            return SrtpFailure.CIPHER.code();
        }
        if (!cipher.open(
                slab,
                offset,
                headerLengthBytes,
                plainLengthBytes - headerLengthBytes,
                ssrc,
                index,
                (int) (index >>> 16),
                offset + plainLengthBytes)) {
            return SrtpFailure.AUTHENTICATION.code();
        }
        (window == null ? rtpStreams.add(ssrc) : window).accept(index);
        return plainLengthBytes;
    }

    /**
     * Checks, authenticates and, unless its E flag says that it is not encrypted, decrypts an SRTCP packet where it is.
     * After a failure the bytes behind the first eight are worth nothing.
     *
     * @return the length of the RTCP packet, or the code of a {@link SrtpFailure}: {@code MALFORMED},
     *     {@code AUTHENTICATION}, {@code REPLAYED}, {@code TOO_OLD}, {@code TOO_MANY_STREAMS}, {@code CIPHER} or
     *     {@code CLOSED}
     */
    public int unprotectRtcp(Slab slab, int offset, int lengthBytes) {
        if (closed) {
            return SrtpFailure.CLOSED.code();
        }
        int plainLengthBytes = lengthBytes - SrtpPacket.SRTCP_INDEX_LENGTH_BYTES - tagLengthBytes;
        ByteBuffer bytes = slab.bytes();
        if (!SrtpPacket.inside(slab, offset, lengthBytes)
                || plainLengthBytes < SrtpPacket.RTCP_HEADER_LENGTH_BYTES
                || !SrtpPacket.versionFits(bytes, offset)) {
            return SrtpFailure.MALFORMED.code();
        }
        int end = offset + plainLengthBytes;
        // With AEAD the tag belongs to what is encrypted and the index is last (RFC 7714 §9), else the tag is last.
        int trailer = bytes.getInt(aead ? end + tagLengthBytes : end);
        int tagOffset = aead ? end : end + SrtpPacket.SRTCP_INDEX_LENGTH_BYTES;
        int index = trailer & ~SrtpPacket.SRTCP_ENCRYPTED;
        boolean encrypted = (trailer & SrtpPacket.SRTCP_ENCRYPTED) != 0;
        int clearLengthBytes = encrypted ? SrtpPacket.RTCP_HEADER_LENGTH_BYTES : plainLengthBytes;

        int ssrc = bytes.getInt(offset + SrtpPacket.RTCP_SSRC_OFFSET);
        ReplayWindow window = rtcpStreams.get(ssrc);
        if (window != null) {
            int repeated = window.check(index);
            if (repeated < 0) {
                return repeated;
            }
        } else if (rtcpStreams.full()) {
            return SrtpFailure.TOO_MANY_STREAMS.code();
        }
        SrtpCipher cipher = rtcpCipher();
        if (cipher == null) {
            return SrtpFailure.CIPHER.code();
        }
        if (!cipher.open(
                slab, offset, clearLengthBytes, plainLengthBytes - clearLengthBytes, ssrc, index, trailer, tagOffset)) {
            return SrtpFailure.AUTHENTICATION.code();
        }
        (window == null ? rtcpStreams.add(ssrc) : window).accept(index);
        return plainLengthBytes;
    }

    /** Continues an SSRC behind an index that it has used. */
    void continueRtp(int ssrc, long highestIndex) {
        ReplayWindow window = rtpStreams.get(ssrc);
        (window == null ? rtpStreams.add(ssrc) : window).accept(highestIndex);
    }

    /** Frees the native memory; nothing can be received afterwards. Closing twice does no harm. */
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
            SessionKeys derived = KeyDerivation.rtp(keys.profile(), keys.remoteKey(), keys.remoteSalt());
            rtpCipher = provider.create(keys.profile(), derived, false, false);
            derived.clear();
        }
        return rtpCipher;
    }

    private @Nullable SrtpCipher rtcpCipher() {
        if (rtcpCipher == null) {
            SessionKeys derived = KeyDerivation.rtcp(keys.profile(), keys.remoteKey(), keys.remoteSalt());
            rtcpCipher = provider.create(keys.profile(), derived, true, false);
            derived.clear();
        }
        return rtcpCipher;
    }
}
