package dev.rostrum.dtls;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes datagrams apart into DTLS records and decides which of them Bouncy Castle sees, and when (RFC 6347 §4.1, §4.2).
 * It is there for what Bouncy Castle does not survive:
 *
 * <ul>
 *   <li>ChangeCipherSpec that overtakes CertificateVerify (bcgit/bc-java#229): it and the records of epoch 1 wait until
 *       the handshake expects Finished;
 *   <li>a datagram whose first record is of an epoch not in use hides the records behind it: every record goes alone;
 *   <li>nothing authenticates the records of epoch 0, so a made-up sequence number would shut the replay window for the
 *       real ones: they are numbered anew, and only exact repetitions are dropped;
 *   <li>a made-up handshake length of 16 MB would be allocated;
 *   <li>a record of epoch 1 that is shorter than its tag ends the session with decode_error, unauthenticated as it is;
 *   <li>a made-up plaintext alert would end the handshake: it is only remembered, and believed if the peer then falls
 *       silent (RFC 6347 §4.1.2.7).
 * </ul>
 *
 * <p>Sans-IO; owned by whoever reads the transport's datagrams.
 */
final class InboundRecords {

    static final int HEADER_LENGTH_BYTES = 13;
    static final int NO_ALERT = -1;

    private static final int FRAGMENT_HEADER_LENGTH_BYTES = 12;
    private static final int MAX_MESSAGE_LENGTH_BYTES = 16_384;
    private static final int MAX_MESSAGE_SEQUENCE = 32;
    /** The explicit nonce and the tag of AES-GCM (RFC 5288 §3), the only cipher in epoch 1. */
    private static final int MIN_ENCRYPTED_LENGTH_BYTES = 8 + 16;

    private static final int MAX_READY = 64;
    private static final int MAX_HELD = 8;
    private static final int REMEMBERED = 64;

    private static final int CHANGE_CIPHER_SPEC = 20;
    private static final int ALERT = 21;
    private static final int HANDSHAKE = 22;
    private static final int APPLICATION_DATA = 23;

    private static final int CLIENT_HELLO = 1;
    private static final int FATAL = 2;
    private static final int CLOSE_NOTIFY = 0;

    // By role: the handshake messages that come in epoch 0 (RFC 5246 §7.4), as bits.
    private static final int TO_SERVER = (1 << 1) | (1 << 11) | (1 << 15) | (1 << 16);
    private static final int TO_CLIENT = (1 << 2) | (1 << 3) | (1 << 11) | (1 << 12) | (1 << 13) | (1 << 14);

    private final int expectedMessages;
    private final Consumer<DtlsDropReason> drops;

    private final ArrayDeque<byte[]> ready = new ArrayDeque<>(4);
    private final ArrayDeque<byte[]> held = new ArrayDeque<>(2);
    private byte @Nullable [] changeCipherSpec;
    private boolean epochChanged;
    private boolean established;

    private long nextSequence;
    private long @Nullable [] seen;
    private int seenCount;

    private int alert = NO_ALERT;
    private long alertAtNs;

    InboundRecords(DtlsRole role, Consumer<DtlsDropReason> drops) {
        this.expectedMessages = role == DtlsRole.SERVER ? TO_SERVER : TO_CLIENT;
        this.drops = drops;
    }

    /** Whether the bytes begin like a DTLS 1.0 or 1.2 record of epoch 0 or 1. */
    static boolean looksLikeDtls(ByteBuffer bytes, int offset, int lengthBytes) {
        return lengthBytes >= HEADER_LENGTH_BYTES
                && bytes.get(offset) >= CHANGE_CIPHER_SPEC
                && bytes.get(offset) <= APPLICATION_DATA
                && bytes.get(offset + 1) == (byte) 0xFE
                && (bytes.get(offset + 2) == (byte) 0xFD || bytes.get(offset + 2) == (byte) 0xFF)
                && bytes.get(offset + 3) == 0
                && (bytes.get(offset + 4) == 0 || bytes.get(offset + 4) == 1);
    }

    /** Whether the first record is (a fragment of) a ClientHello. */
    static boolean beginsHandshake(ByteBuffer bytes, int offset, int lengthBytes) {
        return looksLikeDtls(bytes, offset, lengthBytes)
                && bytes.get(offset) == HANDSHAKE
                && bytes.get(offset + 4) == 0
                && lengthBytes > HEADER_LENGTH_BYTES
                && bytes.get(offset + HEADER_LENGTH_BYTES) == CLIENT_HELLO;
    }

    /** Takes a datagram that nobody writes into any more. */
    void accept(byte[] datagram, long nowNs) {
        int at = 0;
        while (at < datagram.length) {
            int left = datagram.length - at;
            if (left < HEADER_LENGTH_BYTES) {
                drops.accept(DtlsDropReason.MALFORMED);
                return;
            }
            int length = uint16(datagram, at + 11);
            int version = uint16(datagram, at + 1);
            if (length == 0 || length > left - HEADER_LENGTH_BYTES || (version != 0xFEFD && version != 0xFEFF)) {
                drops.accept(DtlsDropReason.MALFORMED); // the next record's beginning is unknown, too
                return;
            }
            int end = at + HEADER_LENGTH_BYTES + length;
            acceptRecord(Arrays.copyOfRange(datagram, at, end), nowNs);
            at = end;
        }
    }

    private void acceptRecord(byte[] record, long nowNs) {
        switch (uint16(record, 3)) {
            case 0 -> acceptPlaintext(record, nowNs);
            case 1 -> acceptEncrypted(record);
            default -> drops.accept(DtlsDropReason.UNEXPECTED);
        }
    }

    private void acceptPlaintext(byte[] record, long nowNs) {
        switch (record[0]) {
            case HANDSHAKE -> acceptHandshake(record);
            case CHANGE_CIPHER_SPEC -> {
                if (record.length != HEADER_LENGTH_BYTES + 1 || record[HEADER_LENGTH_BYTES] != 1) {
                    drops.accept(DtlsDropReason.MALFORMED);
                } else if (epochChanged || changeCipherSpec != null) {
                    drops.accept(DtlsDropReason.REPEATED);
                } else {
                    changeCipherSpec = record;
                }
            }
            case ALERT -> {
                int level = record[HEADER_LENGTH_BYTES];
                int description = record.length == HEADER_LENGTH_BYTES + 2 ? record[HEADER_LENGTH_BYTES + 1] : -1;
                boolean ends = (level == FATAL && description > 0) || description == CLOSE_NOTIFY;
                if (established || !ends) {
                    drops.accept(DtlsDropReason.UNEXPECTED);
                } else if (alert == NO_ALERT) {
                    alert = description;
                    alertAtNs = nowNs;
                }
            }
            default -> drops.accept(DtlsDropReason.UNEXPECTED);
        }
    }

    private void acceptHandshake(byte[] record) {
        DtlsDropReason wrong = checkFragments(record);
        if (wrong != null) {
            drops.accept(wrong);
            return;
        }
        long sequence = uint48(record, 5);
        if (remembered(sequence)) {
            drops.accept(DtlsDropReason.REPEATED);
            return;
        }
        if (ready.size() >= MAX_READY) {
            drops.accept(DtlsDropReason.QUEUE_FULL);
            return;
        }
        remember(sequence);
        alert = NO_ALERT; // whoever goes on has not given up
        putUint48(record, 5, nextSequence++);
        ready.add(record);
    }

    private @Nullable DtlsDropReason checkFragments(byte[] record) {
        int at = HEADER_LENGTH_BYTES;
        while (at < record.length) {
            if (record.length - at < FRAGMENT_HEADER_LENGTH_BYTES) {
                return DtlsDropReason.MALFORMED;
            }
            int type = record[at];
            int length = uint24(record, at + 1);
            int sequence = uint16(record, at + 4);
            int fragmentOffset = uint24(record, at + 6);
            int fragmentLength = uint24(record, at + 9);
            if (length > MAX_MESSAGE_LENGTH_BYTES
                    || fragmentOffset + fragmentLength > length
                    || (fragmentLength == 0 && length != 0)
                    || fragmentLength > record.length - at - FRAGMENT_HEADER_LENGTH_BYTES) {
                return DtlsDropReason.MALFORMED;
            }
            if (type < 0 || type > 31 || (expectedMessages & (1 << type)) == 0 || sequence >= MAX_MESSAGE_SEQUENCE) {
                return DtlsDropReason.UNEXPECTED;
            }
            at += FRAGMENT_HEADER_LENGTH_BYTES + fragmentLength;
        }
        return null;
    }

    private void acceptEncrypted(byte[] record) {
        if (record[0] < ALERT || record[0] > APPLICATION_DATA) {
            drops.accept(DtlsDropReason.UNEXPECTED);
        } else if (record.length < HEADER_LENGTH_BYTES + MIN_ENCRYPTED_LENGTH_BYTES) {
            drops.accept(DtlsDropReason.MALFORMED);
        } else {
            if (held.size() >= MAX_HELD) {
                drops.accept(DtlsDropReason.QUEUE_FULL);
                held.remove(); // the oldest: it may be made up, and Finished comes just before it is read
            }
            held.add(record);
        }
    }

    /**
     * The next record, alone, or null if there is none to read now.
     *
     * @param finishedAwaited whether the peer's epoch may change: only Finished is left to come, or it has come
     */
    byte @Nullable [] next(boolean finishedAwaited) {
        byte[] record = ready.poll();
        if (record != null || !finishedAwaited) {
            return record;
        }
        if (epochChanged) {
            return held.poll();
        }
        record = changeCipherSpec;
        if (record != null) {
            changeCipherSpec = null;
            epochChanged = true;
            putUint48(record, 5, nextSequence++);
        }
        return record;
    }

    /** From now on everything that counts is authenticated. */
    void established() {
        established = true;
        seen = null;
        alert = NO_ALERT;
    }

    /** The description of a plaintext alert after which nothing has come, or {@link #NO_ALERT}. */
    int alert() {
        return alert;
    }

    /** When {@link #alert} came. */
    long alertAtNs() {
        return alertAtNs;
    }

    private boolean remembered(long sequence) {
        long[] before = seen;
        if (before == null) {
            return false;
        }
        for (int i = 0; i < Math.min(seenCount, REMEMBERED); i++) {
            if (before[i] == sequence) {
                return true;
            }
        }
        return false;
    }

    private void remember(long sequence) {
        if (established) {
            return; // a flight counts as repeated only with its Finished, which the replay window of epoch 1 guards
        }
        long[] before = seen;
        if (before == null) {
            before = new long[REMEMBERED];
            seen = before;
        }
        before[seenCount++ % REMEMBERED] = sequence;
    }

    private static int uint16(byte[] bytes, int at) {
        return ((bytes[at] & 0xFF) << 8) | (bytes[at + 1] & 0xFF);
    }

    private static int uint24(byte[] bytes, int at) {
        return ((bytes[at] & 0xFF) << 16) | uint16(bytes, at + 1);
    }

    private static long uint48(byte[] bytes, int at) {
        return ((long) uint24(bytes, at) << 24) | uint24(bytes, at + 3);
    }

    private static void putUint48(byte[] bytes, int at, long value) {
        for (int i = 0; i < 6; i++) {
            bytes[at + i] = (byte) (value >>> (8 * (5 - i)));
        }
    }
}
