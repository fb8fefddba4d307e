package io.memmap.bench.maps;

/**
 * A map from long to {@link Triple} that is only read. A JVM that measures loads one
 * implementation.
 */
public interface LongRecords extends AutoCloseable {
    /** Returns the sum of the digests of the values of these keys. An absent key counts as 0. */
    long sum(long[] keys, int from, int to);

    /** Returns the number of entries. */
    long size();

    @Override
    void close();
}
