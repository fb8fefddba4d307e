package io.memmap.bench.maps;

import java.util.function.LongFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Records that a get returns as objects. The map is used only by its get. */
final class GotRecords implements LongRecords {
    private final LongFunction<@Nullable Triple> get;
    private final LongSupplier size;
    private final Runnable close;

    GotRecords(LongFunction<@Nullable Triple> get, LongSupplier size, Runnable close) {
        this.get = get;
        this.size = size;
        this.close = close;
    }

    /** Makes records of a map that has nothing to close. */
    GotRecords(LongFunction<@Nullable Triple> get, LongSupplier size) {
        this(get, size, () -> {});
    }

    @Override
    public long sum(long[] keys, int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            Triple value = get.apply(keys[i]);
            if (value != null) {
                sum += value.digest();
            }
        }
        return sum;
    }

    @Override
    public long size() {
        return size.getAsLong();
    }

    @Override
    public void close() {
        close.run();
    }
}
