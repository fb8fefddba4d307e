package io.memmap.stress.leaks;

import io.memmap.NativeHeap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * The head of the last message of each connection. The broken form keeps it as a slice of the
 * message, and never closes the message's heap. While the slice is kept, it keeps the heap
 * reachable, so no collector can report the heap. When the slice is replaced, the memory still
 * stays, because only closing the heap would free it.
 */
final class KeptSlices {
    private static final int CONNECTIONS = 1000;
    private static final long MESSAGE_BYTES = 16 << 10;
    private static final long HEAD_BYTES = 64;

    private KeptSlices() {}

    private static int connection(long id) {
        return (int) (id % CONNECTIONS);
    }

    static final class Broken implements Scenario {
        private final MemorySegment[] heads = new MemorySegment[CONNECTIONS];
        private final Ledger ledger;

        Broken(Ledger ledger) {
            this.ledger = ledger;
        }

        @Override
        public long serve(long id) {
            NativeHeap heap = ledger.planted(Heaps.ofRequest()).shared().open(); // never closed
            long pointer = heap.allocate(ledger.planted(MESSAGE_BYTES));
            MemorySegment message = heap.slice(pointer, MESSAGE_BYTES);
            Heaps.receive(message, id);
            heads[connection(id)] = message.asSlice(0, HEAD_BYTES);
            ledger.add(heap.stats().inUse());
            return Heaps.sum(message);
        }
    }

    static final class Mended implements Scenario {
        private final long[][] heads = new long[CONNECTIONS][];

        @Override
        public long serve(long id) {
            try (NativeHeap heap = Heaps.ofRequest().shared().open()) {
                long pointer = heap.allocate(MESSAGE_BYTES);
                MemorySegment message = heap.slice(pointer, MESSAGE_BYTES);
                Heaps.receive(message, id);
                heads[connection(id)] = message.asSlice(0, HEAD_BYTES).toArray(ValueLayout.JAVA_LONG); // a copy
                return Heaps.sum(message);
            }
        }
    }
}
