package io.memmap.stress.races;

import java.lang.foreign.ValueLayout;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/**
 * Races of a reader with a writer that moves other entries of a SyncLongLongMap. Its shards are
 * tables with geometry PAGE. A reader must find each key that stays. For a key that comes and goes
 * it must find the key's own value, or none.
 */
public final class PageRaces {
    private PageRaces() {}

    /** Returns 0 if this can be the value of a key of a {@link Tide} that comes and goes. */
    private static long fault(long key, long value) {
        return value == 0 ? 0 : value + key;
    }

    /** A removal moves entries of a table below a page into the gap, and a growth moves all. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class SmallTable {
        private static final Tide TIDE = new Tide(Subjects.HEAP, 6, 70);
        private final long staying = TIDE.stayingKey();
        private final long other = TIDE.otherKey();

        @Actor
        public void first() {
            TIDE.turn();
        }

        @Actor
        public void second(JJ_Result r) {
            r.r1 = TIDE.map.get(staying) + staying;
            r.r2 = fault(other, TIDE.map.get(other));
        }
    }

    /** A growth moves each page to two pages of another array. A shrinking moves all at once. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class MovedPages {
        private static final Tide TIDE = new Tide(Subjects.HEAP, 60, 600);
        private final long staying = TIDE.stayingKey();
        private final long other = TIDE.otherKey();

        @Actor
        public void first() {
            TIDE.turn();
        }

        @Actor
        public void second(JJ_Result r) {
            r.r1 = TIDE.map.get(staying) + staying;
            r.r2 = fault(other, TIDE.map.get(other));
        }
    }

    /** A growth splits pages in place, and a shrinking joins them. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class SplitPages {
        private static final Tide TIDE = new Tide(Subjects.HEAP, 900, 5_000);
        private final long staying = TIDE.stayingKey();
        private final long other = TIDE.otherKey();

        @Actor
        public void first() {
            TIDE.turn();
        }

        @Actor
        public void second(JJ_Result r) {
            r.r1 = TIDE.map.get(staying) + staying;
            r.r2 = fault(other, TIDE.map.get(other));
        }
    }

    /** Entries move between full pages and the extension. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class FullPages {
        private static final Tide TIDE = Tide.of(new CrowdedMap());
        private final long staying = TIDE.stayingKey();
        private final long other = TIDE.otherKey();

        @Actor
        public void first() {
            TIDE.turn();
        }

        @Actor
        public void second(JJ_Result r) {
            r.r1 = TIDE.map.get(staying) + staying;
            r.r2 = fault(other, TIDE.map.get(other));
        }
    }

    /**
     * The reserved key has a block of its own instead of a slot. The writer removes it, and another
     * block takes its place in the heap.
     */
    @JCStressTest
    @Outcome(id = "0, -1", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class ReservedKey {
        private static final CrowdedMap CROWDED = new CrowdedMap();
        private static final long KEY = CROWDED.reservedKey;

        @Actor
        public void first() {
            CROWDED.map.put(KEY, -KEY);
            CROWDED.map.remove(KEY);
            long block = CROWDED.heap.allocate(2 * Long.BYTES);
            CROWDED.heap.slice(block, 2 * Long.BYTES).set(ValueLayout.JAVA_LONG, Long.BYTES, 17);
            CROWDED.heap.free(block);
        }

        @Actor
        public void second(JJ_Result r) {
            r.r1 = fault(KEY, CROWDED.map.get(KEY));
            r.r2 = CROWDED.map.get(1);
        }
    }
}
