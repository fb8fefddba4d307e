package io.memmap.stress.leaks;

import io.memmap.NativeHeap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Scratch memory for requests. The broken form allocates it in an automatic arena, which a static
 * field keeps reachable for ever.
 */
final class StaticArena {
    private static final long SCRATCH_BYTES = 16 << 10;

    private StaticArena() {}

    private static long work(MemorySegment scratch, long id) {
        Heaps.receive(scratch, id);
        return Heaps.sum(scratch);
    }

    static final class Broken implements Scenario {
        /** A heap in an automatic arena, in the belief that nothing then needs to be freed. */
        private static final NativeHeap SCRATCH =
                Heaps.ofProgram().arena(Arena.ofAuto()).open();

        private final Ledger ledger;

        Broken(Ledger ledger) {
            this.ledger = ledger;
        }

        @Override
        public long serve(long id) {
            long before = SCRATCH.stats().inUse();
            long pointer = SCRATCH.allocate(ledger.planted(SCRATCH_BYTES));
            ledger.add(SCRATCH.stats().inUse() - before);
            return work(SCRATCH.slice(pointer, SCRATCH_BYTES), id);
        }
    }

    static final class Mended implements Scenario {
        @Override
        public long serve(long id) {
            try (NativeHeap scratch = Heaps.ofRequest().open()) { // an arena of the request
                long pointer = scratch.allocate(SCRATCH_BYTES);
                return work(scratch.slice(pointer, SCRATCH_BYTES), id);
            }
        }
    }
}
