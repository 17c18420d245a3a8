package dev.rostrum.sfu.loop;

import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A table that shards and signaling share.
 *
 * <p>Safe for any thread. Looked up for control packets only, never for media.
 */
public final class SharedTable<K, V> {

    private final ConcurrentHashMap<K, V> entries = new ConcurrentHashMap<>();

    /** The value of the key, or null. */
    public @Nullable V get(K key) {
        return entries.get(key);
    }

    /** Adds the entry; false if there is one with that key already. */
    public boolean putIfAbsent(K key, V value) {
        return entries.putIfAbsent(key, value) == null;
    }

    /** Removes the key; returns its value, or null. */
    public @Nullable V remove(K key) {
        return entries.remove(key);
    }
}
