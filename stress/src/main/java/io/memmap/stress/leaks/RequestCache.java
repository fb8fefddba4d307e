package io.memmap.stress.leaks;

import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * A cache of answers by the request's number. The broken form keeps a function that computes the
 * answer, and the function keeps the request alive.
 */
final class RequestCache {
    private static final long BODY_BYTES = 16 << 10;

    private RequestCache() {}

    /**
     * A request. Its heap lives until it is closed; with an automatic arena, as long as it can be
     * reached.
     */
    private record Request(NativeHeap heap, MemorySegment body) {
        long answer() {
            return Heaps.sum(body);
        }
    }

    static final class Broken implements Scenario {
        private static final Map<Long, LongSupplier> ANSWERS = new ConcurrentHashMap<>();

        private final Ledger ledger;

        Broken(Ledger ledger) {
            this.ledger = ledger;
        }

        @Override
        public long serve(long id) {
            NativeHeap heap = Heaps.ofRequest().arena(Arena.ofAuto()).open(); // "the collector frees it"
            long pointer = heap.allocate(ledger.planted(BODY_BYTES));
            Request request = new Request(heap, heap.slice(pointer, BODY_BYTES));
            Heaps.receive(request.body(), id);
            ANSWERS.put(id, request::answer); // keeps the request reachable for ever
            ledger.add(heap.stats().inUse());
            return request.answer();
        }
    }

    static final class Mended implements Scenario {
        private final SyncMap<Long, Long> answers = SyncMap.builder(
                        Heaps.ofProgram().open(), Type.LONG, Type.LONG)
                .maxEntries(1000)
                .expireAfterWrite(Duration.ofMinutes(1))
                .make();

        @Override
        public long serve(long id) {
            try (NativeHeap heap = Heaps.ofRequest().open()) {
                long pointer = heap.allocate(BODY_BYTES);
                Request request = new Request(heap, heap.slice(pointer, BODY_BYTES));
                Heaps.receive(request.body(), id);
                long answer = request.answer();
                answers.put(id, answer); // only the answer
                return answer;
            }
        }
    }
}
