package dev.rostrum.dtls;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/** Takes DTLS datagrams apart, and makes records that no honest peer sends. */
final class Records {

    static final int CHANGE_CIPHER_SPEC = 20;
    static final int ALERT = 21;
    static final int HANDSHAKE = 22;
    static final int APPLICATION_DATA = 23;

    static final int CLIENT_HELLO = 1;
    static final int CERTIFICATE = 11;
    static final int CERTIFICATE_VERIFY = 15;
    static final int CLIENT_KEY_EXCHANGE = 16;
    static final int FINISHED = 20;

    private Records() {}

    /** The records of a datagram, one by one. */
    static List<byte[]> split(byte[] datagram) {
        List<byte[]> records = new ArrayList<>();
        ByteBuffer bytes = ByteBuffer.wrap(datagram);
        for (int at = 0; at < datagram.length; ) {
            int end = at + 13 + (bytes.getShort(at + 11) & 0xFFFF);
            records.add(Arrays.copyOfRange(datagram, at, end));
            at = end;
        }
        return records;
    }

    static byte[] join(Collection<byte[]> records) {
        ByteArrayOutputStream datagram = new ByteArrayOutputStream();
        records.forEach(datagram::writeBytes);
        return datagram.toByteArray();
    }

    static int type(byte[] record) {
        return record[0];
    }

    static int epoch(byte[] record) {
        return ByteBuffer.wrap(record).getShort(3);
    }

    /** The type of the first handshake message, or -1 if the record is encrypted or none of handshake. */
    static int message(byte[] record) {
        return type(record) == HANDSHAKE && epoch(record) == 0 ? record[13] : -1;
    }

    static byte[] record(int type, int epoch, long sequence, byte... payload) {
        ByteBuffer record = ByteBuffer.allocate(13 + payload.length);
        record.put((byte) type).putShort((short) 0xFEFD).putShort((short) epoch);
        record.putShort((short) (sequence >>> 32)).putInt((int) sequence);
        record.putShort((short) payload.length).put(payload);
        return record.array();
    }

    /** A plaintext alert, as anybody can send it. */
    static byte[] alert(int level, int description, long sequence) {
        return record(ALERT, 0, sequence, (byte) level, (byte) description);
    }

    /** A handshake message or a piece of one. */
    static byte[] fragment(
            int type, int messageLength, int messageSequence, int offset, long recordSequence, byte... piece) {
        ByteBuffer payload = ByteBuffer.allocate(12 + piece.length);
        payload.putInt(type << 24 | messageLength).putShort((short) messageSequence);
        payload.put((byte) (offset >> 16)).putShort((short) offset);
        payload.put((byte) (piece.length >> 16)).putShort((short) piece.length).put(piece);
        return record(HANDSHAKE, 0, recordSequence, payload.array());
    }

    /** Cuts the one handshake message of a record into pieces, a record each. */
    static List<byte[]> fragments(byte[] record, int pieceLengthBytes) {
        ByteBuffer bytes = ByteBuffer.wrap(record);
        int type = record[13];
        int length = bytes.getInt(13) & 0xFFFFFF;
        int sequence = bytes.getShort(17);
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < length; at += pieceLengthBytes) {
            byte[] piece = Arrays.copyOfRange(record, 25 + at, 25 + Math.min(length, at + pieceLengthBytes));
            pieces.add(fragment(type, length, sequence, at, 1_000 + pieces.size(), piece));
        }
        return pieces;
    }

    /** All orders of a list. */
    static <T> List<List<T>> permutations(List<T> items) {
        if (items.isEmpty()) {
            return List.of(List.of());
        }
        List<List<T>> all = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            List<T> rest = new ArrayList<>(items);
            T first = rest.remove(i);
            for (List<T> order : permutations(rest)) {
                List<T> whole = new ArrayList<>(List.of(first));
                whole.addAll(order);
                all.add(whole);
            }
        }
        return all;
    }
}
