package dev.rostrum.sfu.ice;

/**
 * The transaction ids of the latest requests, to know a repeated one.
 *
 * <p>Owned by one {@link IceLiteAgent}.
 */
final class TransactionMemory {

    private final long[] heads;
    private final int[] tails;
    private int count;
    private int next;

    TransactionMemory(int capacity) {
        heads = new long[capacity];
        tails = new int[capacity];
    }

    /** Remembers an id of 12 bytes, in place of the oldest; false if it is known already. */
    boolean add(byte[] transactionId) {
        long head = 0;
        for (int i = 0; i < 8; i++) {
            head = head << 8 | (transactionId[i] & 0xff);
        }
        int tail = 0;
        for (int i = 8; i < 12; i++) {
            tail = tail << 8 | (transactionId[i] & 0xff);
        }
        for (int i = 0; i < count; i++) {
            if (heads[i] == head && tails[i] == tail) {
                return false;
            }
        }
        heads[next] = head;
        tails[next] = tail;
        next = (next + 1) % heads.length;
        count = Math.min(count + 1, heads.length);
        return true;
    }
}
