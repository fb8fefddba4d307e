package io.memmap.bench.jmh;

import io.memmap.bench.maps.Contender;
import java.util.Optional;

/** The operations of maps from long to long, with their benchmarks. */
public enum LongOperation implements JmhMethod {
    HIT("hit", "Operations.hit"),
    GET_ALL("hit, getAll of 64", "Batches.getAll"),
    MISS("miss", "Miss.miss"),
    OVERWRITE("overwrite", "Operations.overwrite"),
    PUT_ALL("overwrite, putAll of 64", "Batches.putAll"),
    ADD("add", "Operations.add"),
    REPLACE("remove and insert, the pair", "Operations.replace"),
    ITERATE("iterate, an entry", "Operations.iterate"),
    FILL("fill from empty, an entry", "Fill.fill"),
    FILL_PRESIZED("fill presized, an entry", "Fill.fillPresized");

    private final String title;
    private final String benchmark;

    LongOperation(String title, String benchmark) {
        this.title = title;
        this.benchmark = benchmark;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public String benchmark() {
        return benchmark;
    }

    @Override
    public boolean isFill() {
        return this == FILL || this == FILL_PRESIZED;
    }

    @Override
    public boolean isOfAll() {
        return this == ITERATE || isFill();
    }

    /**
     * Whether a contender has this operation. Only some contenders have operations on many keys.
     */
    public boolean isOf(Contender contender) {
        return !isBatch() || contender.isBatched();
    }

    private boolean isBatch() {
        return this == GET_ALL || this == PUT_ALL;
    }

    /**
     * Returns the operation on one key that corresponds to an operation on many keys; empty if the
     * title is not one of those.
     *
     * @param title the title of an operation
     */
    public static Optional<LongOperation> singleOf(String title) {
        return title.equals(GET_ALL.title)
                ? Optional.of(HIT)
                : title.equals(PUT_ALL.title) ? Optional.of(OVERWRITE) : Optional.empty();
    }
}
