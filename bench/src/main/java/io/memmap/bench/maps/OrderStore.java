package io.memmap.bench.maps;

import org.jspecify.annotations.Nullable;

/** A map from byte arrays to byte arrays, with its keys in unsigned lexicographic order. */
public abstract class OrderStore implements AutoCloseable {
    public abstract void put(byte[] key, byte[] value);

    public abstract void remove(byte[] key);

    /**
     * Reads keys and values in order, from this key on, as Java arrays. Returns a sum of their bytes
     * that tells other entries, or another order, apart.
     *
     * @param prefix if not null, only keys that begin with it are read
     */
    abstract long read(byte[] from, byte @Nullable [] prefix, int most);

    /** Reads this many entries from a key on. Returns a sum of their bytes. */
    public final long range(byte[] from, int count) {
        return read(from, null, count);
    }

    /** Reads the entries whose keys begin with a prefix. Returns a sum of their bytes. */
    public final long prefix(byte[] prefix) {
        return read(prefix, prefix, Integer.MAX_VALUE);
    }

    /** Makes what has been put ready for ranges, if the map has an index that it makes afterwards. */
    public void index() {}

    /** Returns the bytes of the index outside the Java heap; 0 if there is no index beside the map. */
    public long indexBytes() {
        return 0;
    }

    @Override
    public abstract void close();

    static long add(long sum, byte[] key, byte[] value) {
        return 31 * sum + key[key.length - 1] + 7L * value[0] + key.length + value.length;
    }
}
