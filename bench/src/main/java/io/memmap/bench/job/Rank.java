package io.memmap.bench.job;

import io.memmap.bench.child.Gc;
import io.memmap.bench.jmh.LongOperation;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.KeyOrder;
import java.util.EnumSet;
import java.util.Set;

/**
 * The importance of a measurement when the time is too short for all. The first rank is measured
 * first, the last rank is left out first.
 */
enum Rank {
    /** The figures that the project is judged by. They get two runs before others get one. */
    FIRST,
    /** The figures that a reader expects beside them. */
    SECOND,
    /** The figures that explain them. */
    THIRD,
    /** All others. */
    LAST;

    private static final Set<Contender> MAIN = EnumSet.of(
            Contender.MEMMAP_PAGE,
            Contender.MEMMAP_PAGE_HUGE,
            Contender.MEMMAP_LINE,
            Contender.FASTUTIL,
            Contender.HPPC,
            Contender.ECLIPSE,
            Contender.JDK_HASHMAP);
    private static final Set<LongOperation> MAIN_OPERATIONS = EnumSet.of(
            LongOperation.HIT,
            LongOperation.GET_ALL,
            LongOperation.MISS,
            LongOperation.OVERWRITE,
            LongOperation.PUT_ALL,
            LongOperation.FILL);
    private static final Set<Contender> SHARED =
            EnumSet.of(Contender.MEMMAP_SYNC, Contender.JDK_CONCURRENT, Contender.CHRONICLE, Contender.OHC);
    private static final Set<Contender> SHAPED =
            EnumSet.of(Contender.MEMMAP_LINE, Contender.FASTUTIL, Contender.HPPC, Contender.ECLIPSE);
    private static final Set<Contender> COLLECTED =
            EnumSet.of(Contender.MEMMAP_PAGE, Contender.FASTUTIL, Contender.JDK_HASHMAP);
    private static final int MILLION = 1_000_000;

    static Rank of(LongTask task) {
        boolean main = MAIN.contains(task.contender());
        if (task.polluted() || task.keys() != KeyOrder.UNIFORM) {
            return main && task.operation() == LongOperation.HIT ? THIRD : LAST;
        }
        boolean large = task.size() == MILLION || task.size() == 10 * MILLION;
        if (main && large && MAIN_OPERATIONS.contains(task.operation())) {
            return FIRST;
        }
        if (task.size() < MILLION) {
            boolean told = main || task.contender() == Contender.UNSAFE_PAGE;
            return task.size() < 100_000 && told && task.operation() == LongOperation.HIT ? FIRST : LAST;
        }
        boolean readOrFilled = task.operation() == LongOperation.HIT || task.operation() == LongOperation.FILL;
        if (task.size() == MILLION && (main || (task.contender().isOffHeapPeer() && readOrFilled))) {
            return SECOND;
        }
        if (large && task.contender().isOffHeapPeer() && task.operation() == LongOperation.HIT) {
            return SHARED.contains(task.contender()) ? SECOND : THIRD;
        }
        return large && SHARED.contains(task.contender()) && readOrFilled ? THIRD : LAST;
    }

    static Rank of(ShapeTask task) {
        if (task.contender().isOffHeapPeer()) {
            return LAST;
        }
        boolean large = task.size() == MILLION || task.size() == 10 * MILLION;
        return !large ? THIRD : SHAPED.contains(task.contender()) ? FIRST : SECOND;
    }

    static Rank of(ObjectTask task) {
        return switch (task.operation()) {
            case BY_STRING -> SECOND;
            case BY_RANGE, FILL, RECORD, STRUCT -> THIRD;
            case UPDATE, HIT -> LAST;
        };
    }

    static Rank ofPuts(Contender contender) {
        return MAIN.contains(contender) ? FIRST : SHARED.contains(contender) ? THIRD : LAST;
    }

    static Rank ofPutsAtARate(Contender contender) {
        return COLLECTED.contains(contender) ? FIRST : LAST;
    }

    static Rank ofGets(Contender contender) {
        return SHARED.contains(contender) ? SECOND : COLLECTED.contains(contender) ? THIRD : LAST;
    }

    static Rank ofPressure(Gc gc, Contender contender) {
        return !COLLECTED.contains(contender) ? LAST : gc == Gc.G1 ? FIRST : THIRD;
    }

    static Rank ofMemory(Contender contender) {
        return MAIN.contains(contender) ? FIRST : SHARED.contains(contender) ? SECOND : LAST;
    }
}
