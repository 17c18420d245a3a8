package dev.rostrum.srtp;

import static dev.rostrum.srtp.LibCrypto.MEMORY;
import static java.nio.ByteOrder.BIG_ENDIAN;

import dev.rostrum.srtp.KeyDerivation.SessionKeys;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Ciphers on OpenSSL's libcrypto: one native context per key and a small block of native memory for what each call is
 * given; nothing is allocated per packet.
 *
 * <p>Owned by one sender or receiver, which must close it.
 */
abstract sealed class OpenSslCipher implements SrtpCipher {

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(BIG_ENDIAN);

    long context; // 0 once closed
    long block;
    private final int blockLengthBytes;

    private OpenSslCipher(int blockLengthBytes) {
        this.blockLengthBytes = blockLengthBytes;
        context = LibCrypto.newContext();
        block = LibCrypto.allocate(blockLengthBytes);
    }

    /** A cipher for the profile, or null if the library had no memory for it. */
    static @Nullable SrtpCipher create(SrtpProfile profile, SessionKeys keys, boolean rtcp, boolean sending) {
        OpenSslCipher cipher =
                switch (profile) {
                    case AEAD_AES_128_GCM, AEAD_AES_256_GCM -> new Gcm(keys.salt(), rtcp);
                    case AES128_CM_HMAC_SHA1_80 -> new Cm(keys.salt());
                };
        if (cipher.context != 0 && cipher.block != 0 && cipher.setKeys(profile, keys, sending)) {
            return cipher;
        }
        cipher.close();
        return null;
    }

    abstract boolean setKeys(SrtpProfile profile, SessionKeys keys, boolean sending);

    abstract boolean sealAt(
            long start,
            int headerLengthBytes,
            long input,
            int lengthBytes,
            int ssrc,
            long index,
            int trailer,
            long tag);

    abstract boolean openAt(
            long start, int headerLengthBytes, int lengthBytes, int ssrc, long index, int trailer, long tag);

    @Override
    public final boolean seal(
            Slab out,
            int offset,
            int headerLengthBytes,
            Slab in,
            int inOffset,
            int lengthBytes,
            int ssrc,
            long index,
            int trailer,
            int tagOffset) {
        if (context == 0) {
            return false;
        }
        try {
            long start = out.address() + offset;
            long input = in.address() + inOffset;
            long tag = out.address() + tagOffset;
            return sealAt(start, headerLengthBytes, input, lengthBytes, ssrc, index, trailer, tag);
        } finally {
            Reference.reachabilityFence(out); // the addresses alone do not keep the memory
            Reference.reachabilityFence(in);
        }
    }

    @Override
    public final boolean open(
            Slab slab,
            int offset,
            int headerLengthBytes,
            int lengthBytes,
            int ssrc,
            long index,
            int trailer,
            int tagOffset) {
        if (context == 0) {
            return false;
        }
        try {
            long start = slab.address() + offset;
            long tag = slab.address() + tagOffset;
            return openAt(start, headerLengthBytes, lengthBytes, ssrc, index, trailer, tag);
        } finally {
            Reference.reachabilityFence(slab); // the addresses alone do not keep the memory
        }
    }

    @Override
    public void close() {
        if (context != 0) {
            LibCrypto.freeContext(context);
            context = 0;
        }
        if (block != 0) {
            LibCrypto.clearAndFree(block, blockLengthBytes);
            block = 0;
        }
    }

    private static void write(byte[] bytes, long address) {
        MemorySegment.copy(bytes, 0, MEMORY, ValueLayout.JAVA_BYTE, address, bytes.length);
    }

    private static void clear(long address, int lengthBytes) {
        MEMORY.asSlice(address, lengthBytes).fill((byte) 0);
    }

    /** AES in Galois/counter mode (RFC 7714). */
    static final class Gcm extends OpenSslCipher {

        private static final int TAG_LENGTH_BYTES = 16;

        // The block: 12 bytes of nonce, four bytes that follow the associated data, the parameter that takes the tag.
        private static final int TRAILER = 12;
        private static final int PARAMETERS = 16;
        private static final int BLOCK_LENGTH_BYTES = PARAMETERS + 2 * LibCrypto.PARAMETER_LENGTH_BYTES;

        private final long saltHigh;
        private final int saltLow;
        private final boolean rtcp;

        private Gcm(byte[] salt, boolean rtcp) {
            super(BLOCK_LENGTH_BYTES);
            ByteBuffer bytes = ByteBuffer.wrap(salt);
            saltHigh = bytes.getLong();
            saltLow = bytes.getInt();
            this.rtcp = rtcp;
        }

        @Override
        boolean setKeys(SrtpProfile profile, SessionKeys keys, boolean sending) {
            long cipher = profile == SrtpProfile.AEAD_AES_256_GCM ? LibCrypto.AES_256_GCM : LibCrypto.AES_128_GCM;
            byte[] key = keys.encryptionKey();
            write(key, block);
            boolean set = sending
                    ? LibCrypto.encryptInit(context, cipher, block, 0)
                    : LibCrypto.decryptInit(context, cipher, block, 0);
            clear(block, key.length);
            LibCrypto.prepareTagParameter(block + PARAMETERS, TAG_LENGTH_BYTES);
            return set;
        }

        @Override
        boolean sealAt(
                long start,
                int headerLengthBytes,
                long input,
                int lengthBytes,
                int ssrc,
                long index,
                int trailer,
                long tag) {
            long ctx = context;
            writeNonce(ssrc, index, trailer);
            return LibCrypto.encryptInit(ctx, 0, 0, block)
                    && LibCrypto.cipher(ctx, 0, start, headerLengthBytes)
                    && (!rtcp || LibCrypto.cipher(ctx, 0, block + TRAILER, Integer.BYTES))
                    && (lengthBytes == 0 || LibCrypto.cipher(ctx, start + headerLengthBytes, input, lengthBytes))
                    && LibCrypto.cipher(ctx, 0, 0, 0)
                    && LibCrypto.readTag(ctx, block + PARAMETERS, tag);
        }

        @Override
        boolean openAt(
                long start, int headerLengthBytes, int lengthBytes, int ssrc, long index, int trailer, long tag) {
            long ctx = context;
            long payload = start + headerLengthBytes;
            writeNonce(ssrc, index, trailer);
            return LibCrypto.decryptInit(ctx, 0, 0, block)
                    && LibCrypto.cipher(ctx, 0, start, headerLengthBytes)
                    && (!rtcp || LibCrypto.cipher(ctx, 0, block + TRAILER, Integer.BYTES))
                    && (lengthBytes == 0 || LibCrypto.cipher(ctx, payload, payload, lengthBytes))
                    && LibCrypto.expectTag(ctx, block + PARAMETERS, tag)
                    && LibCrypto.decryptFinal(ctx, block);
        }

        /** Two zero bytes, the SSRC and the 48-bit index, all combined with the salt (RFC 7714 §8.1, §9.1). */
        private void writeNonce(int ssrc, long index, int trailer) {
            long high = ((ssrc & 0xffff_ffffL) << 16) | (index >>> 32);
            MEMORY.set(LONG, block, saltHigh ^ high);
            MEMORY.set(INT, block + 8, saltLow ^ (int) index);
            MEMORY.set(INT, block + TRAILER, trailer);
        }
    }

    /** AES in counter mode and HMAC-SHA1, of whose two inner keys only the digest states are kept (RFC 3711 §4). */
    static final class Cm extends OpenSslCipher {

        private static final int SHA1_BLOCK_LENGTH_BYTES = 64;
        private static final int TRAILER_LENGTH_BYTES = 4;
        private static final byte INNER_PAD = 0x36;
        private static final byte OUTER_PAD = 0x5c;

        // The block: the counter, the working state of the digest, the states after both paddings, the digest.
        private static final int WORKING = 16;
        private static final int INNER = WORKING + LibCrypto.SHA1_STATE_LENGTH_BYTES;
        private static final int OUTER = INNER + LibCrypto.SHA1_STATE_LENGTH_BYTES;
        private static final int DIGEST = OUTER + LibCrypto.SHA1_STATE_LENGTH_BYTES;
        private static final int DIGEST_LENGTH_BYTES = 20;
        private static final int BLOCK_LENGTH_BYTES = DIGEST + DIGEST_LENGTH_BYTES;

        private final long saltHigh;
        private final long saltLow;

        private Cm(byte[] salt) {
            super(BLOCK_LENGTH_BYTES);
            ByteBuffer bytes = ByteBuffer.allocate(16).put(salt);
            saltHigh = bytes.getLong(0);
            saltLow = bytes.getLong(8);
        }

        @Override
        boolean setKeys(SrtpProfile profile, SessionKeys keys, boolean sending) {
            byte[] key = keys.encryptionKey();
            write(key, block + WORKING);
            // Counter mode decrypts by encrypting the counter, too.
            boolean set = LibCrypto.encryptInit(context, LibCrypto.AES_128_CTR, block + WORKING, 0);
            clear(block + WORKING, key.length);
            return set
                    && setDigestState(keys.authenticationKey(), INNER_PAD, block + INNER)
                    && setDigestState(keys.authenticationKey(), OUTER_PAD, block + OUTER);
        }

        private boolean setDigestState(byte[] key, byte pad, long state) {
            byte[] padded = new byte[SHA1_BLOCK_LENGTH_BYTES];
            for (int i = 0; i < padded.length; i++) {
                padded[i] = (byte) (pad ^ (i < key.length ? key[i] : 0));
            }
            write(padded, block + WORKING);
            boolean set =
                    LibCrypto.sha1Init(state) && LibCrypto.sha1Update(state, block + WORKING, SHA1_BLOCK_LENGTH_BYTES);
            clear(block + WORKING, SHA1_BLOCK_LENGTH_BYTES);
            return set;
        }

        @Override
        boolean sealAt(
                long start,
                int headerLengthBytes,
                long input,
                int lengthBytes,
                int ssrc,
                long index,
                int trailer,
                long tag) {
            int authenticatedLengthBytes = headerLengthBytes + lengthBytes + TRAILER_LENGTH_BYTES;
            boolean sealed = applyKeyStream(start + headerLengthBytes, input, lengthBytes, ssrc, index);
            MEMORY.set(INT, start + headerLengthBytes + lengthBytes, trailer);
            sealed = sealed && digest(start, authenticatedLengthBytes);
            MEMORY.set(ValueLayout.JAVA_LONG_UNALIGNED, tag, digestHigh());
            MEMORY.set(ValueLayout.JAVA_SHORT_UNALIGNED, tag + Long.BYTES, digestLow());
            return sealed;
        }

        @Override
        boolean openAt(
                long start, int headerLengthBytes, int lengthBytes, int ssrc, long index, int trailer, long tag) {
            long payload = start + headerLengthBytes;
            long tagHigh = MEMORY.get(ValueLayout.JAVA_LONG_UNALIGNED, tag);
            short tagLow = MEMORY.get(ValueLayout.JAVA_SHORT_UNALIGNED, tag + Long.BYTES);
            // In SRTP the trailer takes the place of the tag, so that one call digests both packet and trailer.
            MEMORY.set(INT, payload + lengthBytes, trailer);
            boolean digested = digest(start, headerLengthBytes + lengthBytes + TRAILER_LENGTH_BYTES);
            // One comparison of all bytes: the time says nothing about where they differ.
            long difference = (tagHigh ^ digestHigh()) | (tagLow ^ digestLow());
            return digested && difference == 0 && applyKeyStream(payload, payload, lengthBytes, ssrc, index);
        }

        /** The counter starts with the salt, the SSRC in bytes 4 to 7 and the index in 8 to 13 (RFC 3711 §4.1.1). */
        private boolean applyKeyStream(long output, long input, int lengthBytes, int ssrc, long index) {
            if (lengthBytes == 0) {
                return true;
            }
            MEMORY.set(LONG, block, saltHigh ^ (ssrc & 0xffff_ffffL));
            MEMORY.set(LONG, block + 8, saltLow ^ (index << 16));
            return LibCrypto.encryptInit(context, 0, 0, block) && LibCrypto.cipher(context, output, input, lengthBytes);
        }

        private boolean digest(long start, int lengthBytes) {
            long working = block + WORKING;
            long digest = block + DIGEST;
            copyState(block + INNER, working);
            if (!LibCrypto.sha1Update(working, start, lengthBytes) || !LibCrypto.sha1Final(digest, working)) {
                return false;
            }
            copyState(block + OUTER, working);
            return LibCrypto.sha1Update(working, digest, DIGEST_LENGTH_BYTES) && LibCrypto.sha1Final(digest, working);
        }

        private static void copyState(long from, long to) {
            for (int i = 0; i < LibCrypto.SHA1_STATE_LENGTH_BYTES; i += Long.BYTES) {
                MEMORY.set(ValueLayout.JAVA_LONG, to + i, MEMORY.get(ValueLayout.JAVA_LONG, from + i));
            }
        }

        private long digestHigh() {
            return MEMORY.get(ValueLayout.JAVA_LONG_UNALIGNED, block + DIGEST);
        }

        private short digestLow() {
            return MEMORY.get(ValueLayout.JAVA_SHORT_UNALIGNED, block + DIGEST + Long.BYTES);
        }
    }
}
