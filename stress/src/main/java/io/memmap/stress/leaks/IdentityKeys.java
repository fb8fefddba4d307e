package io.memmap.stress.leaks;

import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * The latest order book of each instrument, in a map. The broken form uses the pointer to the
 * instrument's name as the key. Each message brings a new copy of the name, so no entry is ever
 * found or replaced.
 */
final class IdentityKeys {
    private static final int INSTRUMENTS = 500;
    private static final int NAME_BYTES = 32;
    private static final int BOOK_BYTES = 8 << 10;

    private IdentityKeys() {}

    private static String name(long id) {
        return "instrument-" + id % INSTRUMENTS;
    }

    private static byte[] book(long id) {
        byte[] book = new byte[BOOK_BYTES];
        Heaps.receive(MemorySegment.ofArray(book), id);
        return book;
    }

    private static long answer(byte[] book) {
        return Heaps.sum(MemorySegment.ofArray(book));
    }

    static final class Broken implements Scenario {
        private final NativeHeap heap = Heaps.ofProgram().open();
        private final MemMap<Long, byte[]> books =
                MemMap.builder(heap, Type.LONG, Type.BYTES).name("books").make();
        private final Ledger ledger;

        Broken(Ledger ledger) {
            this.ledger = ledger;
        }

        @Override
        public long serve(long id) {
            long before = heap.stats().inUse();
            long name = heap.allocate(ledger.planted(NAME_BYTES));
            heap.slice(name, NAME_BYTES).setString(0, name(id), StandardCharsets.UTF_8);
            byte[] book = book(id);
            books.put(ledger.planted(name), book); // the name's pointer, not its text
            ledger.add(heap.stats().inUse() - before);
            return answer(book);
        }
    }

    static final class Mended implements Scenario {
        private final MemMap<String, byte[]> books = MemMap.builder(
                        Heaps.ofProgram().open(), Type.UTF8, Type.BYTES)
                .name("books")
                .make();

        @Override
        public long serve(long id) {
            byte[] book = book(id);
            books.put(name(id), book);
            return answer(book);
        }
    }
}
