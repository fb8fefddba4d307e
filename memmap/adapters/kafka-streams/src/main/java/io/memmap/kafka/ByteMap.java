package io.memmap.kafka;

import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.SyncMapBuilder;
import io.memmap.Type;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A map from bytes to bytes in the shared heap. One thread writes at a time, and any threads read.
 * All methods but {@link #free}, {@link #end} and {@link #isEnded} throw {@link IllegalStateException}
 * after {@link #free}. Nobody may use the map after {@link #end}.
 */
final class ByteMap {
    private final SyncMap<byte[], byte[]> map;
    private final boolean stays;
    private volatile boolean ended;
    /** The number of removals, and the thread of the last one: only that thread relies on them. */
    private long removals;

    private long remover = -1;

    private ByteMap(SyncMap<byte[], byte[]> map, boolean stays) {
        this.map = map;
        this.stays = stays;
    }

    /** Makes a map in a heap in memory. It lives until it is {@linkplain #end ended}. */
    static ByteMap make(NativeHeap heap, String name) {
        return new ByteMap(builder(heap, name).make(), false);
    }

    /**
     * Returns the map of this name in the heap, or makes it.
     *
     * @param stays whether the map stays in the heap when its use is {@linkplain #end ended}
     */
    static ByteMap open(NativeHeap heap, String name, boolean stays) {
        return new ByteMap(builder(heap, name).open(), stays);
    }

    private static SyncMapBuilder<byte[], byte[]> builder(NativeHeap heap, String name) {
        // A task's thread is the only writer. In one shard a range has one place to look at.
        return SyncMap.builder(heap, Type.BYTES, Type.BYTES).shards(1).name(name);
    }

    byte @Nullable [] get(byte[] key) {
        return map.get(key);
    }

    boolean contains(byte[] key) {
        return map.containsKey(key);
    }

    long size() {
        return map.mappingCount();
    }

    void put(byte[] key, byte[] value) {
        map.set(key, value);
    }

    byte @Nullable [] putIfAbsent(byte[] key, byte[] value) {
        return map.putIfAbsent(key, value);
    }

    byte @Nullable [] remove(byte[] key) {
        byte[] old = map.remove(key);
        if (old != null) {
            removals++;
            remover = Thread.currentThread().threadId();
        }
        return old;
    }

    /** Does the writes in their order. */
    void writeAll(List<Write> writes) {
        int from = 0;
        for (int i = 0; i < writes.size(); i++) {
            if (writes.get(i).value() == null) {
                map.putAll(new WrittenMap(writes.subList(from, i)));
                remove(writes.get(i).key());
                from = i + 1;
            }
        }
        map.putAll(new WrittenMap(writes.subList(from, writes.size())));
    }

    /**
     * Returns an iterator over the entries between two keys in the order of their bytes. It is
     * weakly consistent.
     *
     * @param from the first key, or null for the first of all
     * @param to the end, or null for the last of all
     * @param withTo whether the entry of {@code to} belongs to the range
     * @param forward whether the order is ascending
     */
    Iterator<Map.Entry<byte[], byte[]>> iterator(
            byte @Nullable [] from, byte @Nullable [] to, boolean withTo, boolean forward) {
        NavigableMap<byte[], byte[]> range = map.ordered();
        if (from != null) {
            range = range.tailMap(from, true);
        }
        if (to != null) {
            range = range.headMap(to, withTo);
        }
        return (forward ? range : range.descendingMap()).entrySet().iterator();
    }

    /**
     * Returns a number that changes when the current thread removes an entry. It may change or not
     * when other threads do.
     */
    long ownRemovals() {
        return remover == Thread.currentThread().threadId() ? removals : -1;
    }

    /** Frees the map and its entries, and a name that it has in the heap. */
    void free() {
        ended = true;
        map.free();
    }

    /** Ends the use of the map. Frees it, unless it stays in the heap. */
    void end() {
        ended = true;
        if (!stays) {
            map.free();
        }
    }

    /** Returns whether the map has been freed or its use has ended. */
    boolean isEnded() {
        return ended;
    }

    /** Writes without removals in the form of a map, in which a key may occur several times. */
    private static final class WrittenMap extends AbstractMap<byte[], byte[]> {
        private final List<Write> writes;

        WrittenMap(List<Write> writes) {
            this.writes = writes;
        }

        @Override
        public Set<Map.Entry<byte[], byte[]>> entrySet() {
            return new AbstractSet<>() {
                @Override
                public Iterator<Map.Entry<byte[], byte[]>> iterator() {
                    Iterator<Write> rest = writes.iterator();
                    return new Iterator<>() {
                        @Override
                        public boolean hasNext() {
                            return rest.hasNext();
                        }

                        @Override
                        public Map.Entry<byte[], byte[]> next() {
                            Write write = rest.next();
                            return Map.entry(write.key(), Objects.requireNonNull(write.value()));
                        }
                    };
                }

                @Override
                public int size() {
                    return writes.size();
                }
            };
        }
    }
}
