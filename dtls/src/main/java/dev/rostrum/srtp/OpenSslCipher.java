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
 * Ciphers on OpenSSL's libcrypto: one native context per key; nothing is allocated per packet. What else each call is given
 * lies beside the packet's slab, because memory of each cipher's own would be cold whenever its packet comes.
 *
 * <p>Owned by one sender or receiver, which must close it.
 */
abstract sealed class OpenSslCipher implements SrtpCipher {

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(BIG_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(BIG_ENDIAN);

    long context = LibCrypto.newContext(); // 0 once closed

    private OpenSslCipher() {}

    /** A cipher for the profile, or null if the library had no memory for it. */
    static @Nullable SrtpCipher create(SrtpProfile profile, SessionKeys keys, boolean rtcp, boolean sending) {
        OpenSslCipher cipher =
                switch (profile) {
                    case AEAD_AES_128_GCM, AEAD_AES_256_GCM -> new Gcm(keys.salt(), rtcp);
                    case AES128_CM_HMAC_SHA1_80 -> new Cm(keys.salt());
                };
        if (cipher.context != 0 && cipher.setKeys(profile, keys, sending)) {
            return cipher;
        }
        cipher.close();
        return null;
    }

    abstract boolean setKeys(SrtpProfile profile, SessionKeys keys, boolean sending);

    abstract boolean sealAt(
            long workspace,
            long start,
            int headerLengthBytes,
            long input,
            int lengthBytes,
            int ssrc,
            long index,
            int trailer,
            long tag);

    abstract boolean openAt(
            long workspace,
            long start,
            int headerLengthBytes,
            int lengthBytes,
            int ssrc,
            long index,
            int trailer,
            long tag);

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
            return sealAt(out.workspace(), start, headerLengthBytes, input, lengthBytes, ssrc, index, trailer, tag);
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
            return openAt(slab.workspace(), start, headerLengthBytes, lengthBytes, ssrc, index, trailer, tag);
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
    }

    /** What can be done with a secret that lies at a native address; false if it failed. */
    interface SecretUse {
        boolean with(long secret);
    }

    /** Puts a secret into native memory for the time of its use; false if there is none, or the use failed. */
    private static boolean use(byte[] secret, SecretUse use) {
        long address = LibCrypto.allocate(secret.length);
        if (address == 0) {
            return false;
        }
        try {
            MemorySegment.copy(secret, 0, MEMORY, ValueLayout.JAVA_BYTE, address, secret.length);
            return use.with(address);
        } finally {
            LibCrypto.clearAndFree(address, secret.length);
        }
    }

    /** AES in Galois/counter mode (RFC 7714). */
    static final class Gcm extends OpenSslCipher {

        private static final int TAG_LENGTH_BYTES = 16;

        // The workspace: 12 bytes of nonce, four bytes that follow the associated data, the parameter that takes the
        // tag.
        private static final int TRAILER = 12;
        private static final int PARAMETERS = 16;

        private final long saltHigh;
        private final int saltLow;
        private final boolean rtcp;

        private Gcm(byte[] salt, boolean rtcp) {
            ByteBuffer bytes = ByteBuffer.wrap(salt);
            saltHigh = bytes.getLong();
            saltLow = bytes.getInt();
            this.rtcp = rtcp;
        }

        @Override
        boolean setKeys(SrtpProfile profile, SessionKeys keys, boolean sending) {
            long cipher = profile == SrtpProfile.AEAD_AES_256_GCM ? LibCrypto.AES_256_GCM : LibCrypto.AES_128_GCM;
            return use(
                    keys.encryptionKey(),
                    key -> sending
                            ? LibCrypto.encryptInit(context, cipher, key, 0)
                            : LibCrypto.decryptInit(context, cipher, key, 0));
        }

        @Override
        boolean sealAt(
                long workspace,
                long start,
                int headerLengthBytes,
                long input,
                int lengthBytes,
                int ssrc,
                long index,
                int trailer,
                long tag) {
            long ctx = context;
            prepare(workspace, ssrc, index, trailer, tag);
            return LibCrypto.encryptInit(ctx, 0, 0, workspace)
                    && LibCrypto.cipher(ctx, 0, start, headerLengthBytes)
                    && (!rtcp || LibCrypto.cipher(ctx, 0, workspace + TRAILER, Integer.BYTES))
                    && (lengthBytes == 0 || LibCrypto.cipher(ctx, start + headerLengthBytes, input, lengthBytes))
                    && LibCrypto.cipher(ctx, 0, 0, 0)
                    && LibCrypto.getParameters(ctx, workspace + PARAMETERS);
        }

        @Override
        boolean openAt(
                long workspace,
                long start,
                int headerLengthBytes,
                int lengthBytes,
                int ssrc,
                long index,
                int trailer,
                long tag) {
            long ctx = context;
            long payload = start + headerLengthBytes;
            prepare(workspace, ssrc, index, trailer, tag);
            return LibCrypto.decryptInit(ctx, 0, 0, workspace)
                    && LibCrypto.cipher(ctx, 0, start, headerLengthBytes)
                    && (!rtcp || LibCrypto.cipher(ctx, 0, workspace + TRAILER, Integer.BYTES))
                    && (lengthBytes == 0 || LibCrypto.cipher(ctx, payload, payload, lengthBytes))
                    && LibCrypto.setParameters(ctx, workspace + PARAMETERS)
                    && LibCrypto.decryptFinal(ctx, workspace);
        }

        /** Two zero bytes, the SSRC and the 48-bit index, all combined with the salt (RFC 7714 §8.1, §9.1). */
        private void prepare(long workspace, int ssrc, long index, int trailer, long tag) {
            long high = ((ssrc & 0xffff_ffffL) << 16) | (index >>> 32);
            MEMORY.set(LONG, workspace, saltHigh ^ high);
            MEMORY.set(INT, workspace + 8, saltLow ^ (int) index);
            MEMORY.set(INT, workspace + TRAILER, trailer);
            LibCrypto.writeTagParameter(workspace + PARAMETERS, tag, TAG_LENGTH_BYTES);
        }
    }

    /** AES in counter mode and HMAC-SHA1, of whose two inner keys only the digest states are kept (RFC 3711 §4). */
    static final class Cm extends OpenSslCipher {

        private static final int SHA1_BLOCK_LENGTH_BYTES = 64;
        private static final int TRAILER_LENGTH_BYTES = 4;
        private static final byte INNER_PAD = 0x36;
        private static final byte OUTER_PAD = 0x5c;

        // The workspace: the counter, the working state of the digest, the digest.
        private static final int WORKING = 16;
        private static final int DIGEST = WORKING + LibCrypto.SHA1_STATE_LENGTH_BYTES;
        private static final int DIGEST_LENGTH_BYTES = 20;

        // Of each cipher's own: the states after both paddings.
        private static final int OUTER = LibCrypto.SHA1_STATE_LENGTH_BYTES;
        private static final int STATES_LENGTH_BYTES = 2 * LibCrypto.SHA1_STATE_LENGTH_BYTES;

        private long states = LibCrypto.allocate(STATES_LENGTH_BYTES); // 0 once closed
        private final long saltHigh;
        private final long saltLow;

        private Cm(byte[] salt) {
            ByteBuffer bytes = ByteBuffer.allocate(16).put(salt);
            saltHigh = bytes.getLong(0);
            saltLow = bytes.getLong(8);
        }

        @Override
        boolean setKeys(SrtpProfile profile, SessionKeys keys, boolean sending) {
            // Counter mode decrypts by encrypting the counter, too.
            return states != 0
                    && use(keys.encryptionKey(), key -> LibCrypto.encryptInit(context, LibCrypto.AES_128_CTR, key, 0))
                    && setDigestState(keys.authenticationKey(), INNER_PAD, states)
                    && setDigestState(keys.authenticationKey(), OUTER_PAD, states + OUTER);
        }

        private static boolean setDigestState(byte[] key, byte pad, long state) {
            byte[] padded = new byte[SHA1_BLOCK_LENGTH_BYTES];
            for (int i = 0; i < padded.length; i++) {
                padded[i] = (byte) (pad ^ (i < key.length ? key[i] : 0));
            }
            return use(
                    padded,
                    secret ->
                            LibCrypto.sha1Init(state) && LibCrypto.sha1Update(state, secret, SHA1_BLOCK_LENGTH_BYTES));
        }

        @Override
        public void close() {
            super.close();
            if (states != 0) {
                LibCrypto.clearAndFree(states, STATES_LENGTH_BYTES);
                states = 0;
            }
        }

        @Override
        boolean sealAt(
                long workspace,
                long start,
                int headerLengthBytes,
                long input,
                int lengthBytes,
                int ssrc,
                long index,
                int trailer,
                long tag) {
            int authenticatedLengthBytes = headerLengthBytes + lengthBytes + TRAILER_LENGTH_BYTES;
            boolean sealed = applyKeyStream(workspace, start + headerLengthBytes, input, lengthBytes, ssrc, index);
            MEMORY.set(INT, start + headerLengthBytes + lengthBytes, trailer);
            sealed = sealed && digest(workspace, start, authenticatedLengthBytes);
            MEMORY.set(ValueLayout.JAVA_LONG_UNALIGNED, tag, digestHigh(workspace));
            MEMORY.set(ValueLayout.JAVA_SHORT_UNALIGNED, tag + Long.BYTES, digestLow(workspace));
            return sealed;
        }

        @Override
        boolean openAt(
                long workspace,
                long start,
                int headerLengthBytes,
                int lengthBytes,
                int ssrc,
                long index,
                int trailer,
                long tag) {
            long payload = start + headerLengthBytes;
            long tagHigh = MEMORY.get(ValueLayout.JAVA_LONG_UNALIGNED, tag);
            short tagLow = MEMORY.get(ValueLayout.JAVA_SHORT_UNALIGNED, tag + Long.BYTES);
            // In SRTP the trailer takes the place of the tag, so that one call digests both packet and trailer.
            MEMORY.set(INT, payload + lengthBytes, trailer);
            boolean digested = digest(workspace, start, headerLengthBytes + lengthBytes + TRAILER_LENGTH_BYTES);
            // One comparison of all bytes: the time says nothing about where they differ.
            long difference = (tagHigh ^ digestHigh(workspace)) | (tagLow ^ digestLow(workspace));
            return digested && difference == 0 && applyKeyStream(workspace, payload, payload, lengthBytes, ssrc, index);
        }

        /** The counter starts with the salt, the SSRC in bytes 4 to 7 and the index in 8 to 13 (RFC 3711 §4.1.1). */
        private boolean applyKeyStream(long workspace, long output, long input, int lengthBytes, int ssrc, long index) {
            if (lengthBytes == 0) {
                return true;
            }
            MEMORY.set(LONG, workspace, saltHigh ^ (ssrc & 0xffff_ffffL));
            MEMORY.set(LONG, workspace + 8, saltLow ^ (index << 16));
            return LibCrypto.encryptInit(context, 0, 0, workspace)
                    && LibCrypto.cipher(context, output, input, lengthBytes);
        }

        private boolean digest(long workspace, long start, int lengthBytes) {
            long working = workspace + WORKING;
            long digest = workspace + DIGEST;
            copyState(states, working);
            if (!LibCrypto.sha1Update(working, start, lengthBytes) || !LibCrypto.sha1Final(digest, working)) {
                return false;
            }
            copyState(states + OUTER, working);
            return LibCrypto.sha1Update(working, digest, DIGEST_LENGTH_BYTES) && LibCrypto.sha1Final(digest, working);
        }

        private static void copyState(long from, long to) {
            for (int i = 0; i < LibCrypto.SHA1_STATE_LENGTH_BYTES; i += Long.BYTES) {
                MEMORY.set(ValueLayout.JAVA_LONG, to + i, MEMORY.get(ValueLayout.JAVA_LONG, from + i));
            }
        }

        private static long digestHigh(long workspace) {
            return MEMORY.get(ValueLayout.JAVA_LONG_UNALIGNED, workspace + DIGEST);
        }

        private static short digestLow(long workspace) {
            return MEMORY.get(ValueLayout.JAVA_SHORT_UNALIGNED, workspace + DIGEST + Long.BYTES);
        }
    }
}
