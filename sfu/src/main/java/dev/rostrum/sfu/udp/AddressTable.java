package dev.rostrum.sfu.udp;

import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What belongs to a peer's address: a map from {@link PeerAddress} whose look-up takes the numbers of a received
 * datagram and allocates nothing.
 *
 * <p>Owned by one thread. Open addressing with linear probing; the places are mixed with a secret seed, so that nobody
 * can choose addresses that collide.
 *
 * @param <T> what belongs to an address
 */
public final class AddressTable<T> {

    private static final int LONGS_PER_KEY = 4; // hi, lo, port and local, and one to keep keys within cache lines

    private final long seed;
    private long[] keys;
    private @Nullable Object[] values;
    private @Nullable PeerAddress[] addresses;
    private int size;

    /**
     * @param seed random
     */
    public AddressTable(long seed) {
        this.seed = seed;
        keys = new long[16 * LONGS_PER_KEY];
        values = new Object[16];
        addresses = new PeerAddress[16];
    }

    public int size() {
        return size;
    }

    /** What belongs to the source of a datagram, or null. */
    public @Nullable T get(long hi, long lo, int port, int local) {
        return valueAt(find(hi, lo, portAndLocal(port, local)));
    }

    /** What belongs to the address, or null. */
    public @Nullable T get(PeerAddress address) {
        return get(address.hi(), address.lo(), address.port(), address.localIndex());
    }

    /** Sets what belongs to the address; returns what did before, or null. */
    public @Nullable T put(PeerAddress address, T value) {
        long tail = portAndLocal(address.port(), address.localIndex());
        int place = find(address.hi(), address.lo(), tail);
        T before = valueAt(place);
        if (before == null) {
            if ((size + 1) * 2 > values.length) {
                grow();
                place = find(address.hi(), address.lo(), tail);
            }
            int key = place * LONGS_PER_KEY;
            keys[key] = address.hi();
            keys[key + 1] = address.lo();
            keys[key + 2] = tail;
            addresses[place] = address;
            size++;
        }
        values[place] = value;
        return before;
    }

    /** Forgets the address; returns what belonged to it, or null. */
    public @Nullable T remove(PeerAddress address) {
        int hole = find(address.hi(), address.lo(), portAndLocal(address.port(), address.localIndex()));
        T before = valueAt(hole);
        if (before == null) {
            return null;
        }
        size--;
        int mask = values.length - 1;
        // Moves those back that were only there because of the removed one, so that no search ends too early.
        for (int next = (hole + 1) & mask; values[next] != null; next = (next + 1) & mask) {
            int key = next * LONGS_PER_KEY;
            int wanted = place(keys[key], keys[key + 1], keys[key + 2]);
            if (((next - wanted) & mask) >= ((next - hole) & mask)) {
                System.arraycopy(keys, key, keys, hole * LONGS_PER_KEY, LONGS_PER_KEY);
                values[hole] = values[next];
                addresses[hole] = addresses[next];
                hole = next;
            }
        }
        values[hole] = null;
        addresses[hole] = null;
        return before;
    }

    /** Calls the action for each address; it must not change the table. */
    public void forEach(BiConsumer<? super PeerAddress, ? super T> action) {
        for (int place = 0; place < values.length; place++) {
            PeerAddress address = addresses[place];
            T value = valueAt(place);
            if (address != null && value != null) {
                action.accept(address, value);
            }
        }
    }

    @SuppressWarnings("unchecked") // only put writes values
    private @Nullable T valueAt(int place) {
        return (T) values[place];
    }

    private static long portAndLocal(int port, int local) {
        return (long) local << 16 | port;
    }

    /** The place of the key, or the free one where it would go. */
    private int find(long hi, long lo, long tail) {
        int mask = values.length - 1;
        int place = place(hi, lo, tail);
        while (values[place] != null) {
            int key = place * LONGS_PER_KEY;
            if (keys[key + 1] == lo && keys[key + 2] == tail && keys[key] == hi) {
                return place;
            }
            place = (place + 1) & mask;
        }
        return place;
    }

    private int place(long hi, long lo, long tail) {
        long mixed = mix(mix(mix(seed ^ hi) ^ lo) ^ tail);
        return (int) mixed & (values.length - 1);
    }

    private static long mix(long bits) {
        long mixed = (bits ^ bits >>> 32) * 0x9e3779b97f4a7c15L;
        return mixed ^ mixed >>> 29;
    }

    private void grow() {
        @Nullable PeerAddress[] oldAddresses = addresses;
        @Nullable Object[] oldValues = values;
        int capacity = oldValues.length * 2;
        keys = new long[capacity * LONGS_PER_KEY];
        values = new Object[capacity];
        addresses = new PeerAddress[capacity];
        for (int i = 0; i < oldValues.length; i++) {
            PeerAddress address = oldAddresses[i];
            if (address != null) {
                long tail = portAndLocal(address.port(), address.localIndex());
                int place = find(address.hi(), address.lo(), tail);
                keys[place * LONGS_PER_KEY] = address.hi();
                keys[place * LONGS_PER_KEY + 1] = address.lo();
                keys[place * LONGS_PER_KEY + 2] = tail;
                values[place] = oldValues[i];
                addresses[place] = address;
            }
        }
    }
}
