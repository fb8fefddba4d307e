package io.memmap.bench.maps;

/** A map from long to {@link Triple} that is looked up only; a JVM that measures loads one implementation. */
public interface LongRecords extends AutoCloseable {
    /** Returns the sum of the digests of these keys' values; an absent one counts as 0. */
    long sum(long[] keys, int from, int to);

    /** Returns the number of entries. */
    long size();

    @Override
    void close();
}
