package io.memmap.stress.leaks;

import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * The context of a request while it runs: memory, and a worker thread that frees the memory when
 * the context ends. In the broken form the context ends when code takes it out of a map. No code
 * does that. The collector cannot free it either: the map references the context, and its worker
 * waits.
 */
final class WaitingContexts {
    private static final long STATE_BYTES = 16 << 10;

    private WaitingContexts() {}

    /** A context. It ends once, and its worker ends with it. */
    private static final class Context implements AutoCloseable {
        private final NativeHeap heap;
        private final MemorySegment state;
        private final CountDownLatch ended = new CountDownLatch(1);
        private final Thread worker;

        Context(NativeHeap heap, MemorySegment state) {
            this.heap = heap;
            this.state = state;
            worker = Thread.startVirtualThread(this::endWithContext);
        }

        private void endWithContext() {
            try {
                ended.await();
                heap.close();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        long run(long id) {
            Heaps.receive(state, id);
            return Heaps.sum(state);
        }

        @Override
        public void close() {
            ended.countDown();
            try {
                worker.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    static final class Broken implements Scenario {
        private static final Map<Long, Context> CONTEXTS = new ConcurrentHashMap<>();

        private final Ledger ledger;

        Broken(Ledger ledger) {
            this.ledger = ledger;
        }

        @Override
        public long serve(long id) {
            NativeHeap heap = Heaps.ofRequest().shared().open();
            long pointer = heap.allocate(ledger.planted(STATE_BYTES));
            Context context = new Context(heap, heap.slice(pointer, STATE_BYTES));
            CONTEXTS.put(id, context); // code that removes it must close it
            ledger.add(heap.stats().inUse());
            return context.run(id);
        }
    }

    static final class Mended implements Scenario {
        /** Information about a context for other parts of the program. */
        record Info(long id, long startedMillis) {}

        private final SyncMap<Long, Info> infos = SyncMap.builder(
                        Heaps.ofProgram().open(), Type.LONG, Type.record(Info.class))
                .maxEntries(1000)
                .make();

        @Override
        public long serve(long id) {
            NativeHeap heap = Heaps.ofRequest().shared().open();
            long pointer = heap.allocate(STATE_BYTES);
            try (Context context = new Context(heap, heap.slice(pointer, STATE_BYTES))) {
                infos.put(id, new Info(id, System.currentTimeMillis()));
                return context.run(id);
            }
        }
    }
}
