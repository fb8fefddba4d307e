package io.memmap.stress.leaks;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;

/**
 * The correct work that the server also does in every form. So the leak is not the only site that
 * allocates. It is never the site that allocates most, and at first it is not the largest.
 */
final class Service {
    private static final long PRICES = 500_000;
    private static final long SCRATCH_BYTES = 64 << 10;
    private static final int SESSIONS = 1000;
    private static final int USERS = 10_000;
    private static final int SESSION_BYTES = 1 << 10;

    private final LongLongMap prices;
    private final SyncMap<Long, byte[]> sessions = SyncMap.builder(
                    Heaps.ofProgram().open(), Type.LONG, Type.BYTES)
            .maxEntries(SESSIONS)
            .make();

    Service() {
        prices = LongLongMap.builder(Heaps.ofProgram().open()).name("prices").make();
        for (long key = 0; key < PRICES; key++) {
            prices.put(key, key);
        }
    }

    /** Does the work of one request. */
    long serve(long id) {
        sessions.put(id * 31 % USERS, new byte[SESSION_BYTES]);
        try (NativeHeap scratch = Heaps.ofRequest().open()) {
            long pointer = scratch.allocate(SCRATCH_BYTES);
            Heaps.receive(scratch.slice(pointer, SCRATCH_BYTES), id);
            return prices.get(id % PRICES);
        }
    }
}
