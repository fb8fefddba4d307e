package io.memmap.stress;

import io.memmap.LongLongCursor;
import io.memmap.LongLongMap;
import io.memmap.MemMap;
import io.memmap.MemMapCursor;
import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Rounds in which threads use maps while the memory under them ends. Each round opens a heap,
 * starts threads, and ends the memory at a random moment. It checks that the threads read true
 * values until then, and get only the promised exception afterwards.
 */
final class Lifetimes implements AutoCloseable {
    private static final int KINDS = 8;
    private static final int ENTRIES = 200;
    /** Keys from here on are added and removed; those below stay. */
    private static final int FIRST_LOOSE = 100;

    private static final int BLOCK_BYTES = 256 << 10;
    /**
     * Of the rounds that drop an arena, one in this many runs the collector. A collection takes as
     * long as many rounds.
     */
    private static final int DROPS_BETWEEN_COLLECTIONS = 16;

    private final SplittableRandom random;
    private final Complaints complaints;
    private final ExecutorService threads =
            Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());
    private final NativeHeap global =
            NativeHeap.builder().arena(Arena.global()).maxBytes(64L << 20).open();
    private final Complaints undetected = new Complaints();
    private long leakedBytes;

    Lifetimes(long seed, Complaints complaints) {
        random = new SplittableRandom(seed);
        this.complaints = complaints;
    }

    /** Runs one round. Its number selects the kind. */
    void round(long number) throws InterruptedException {
        boolean own = random.nextBoolean();
        switch ((int) (number % KINDS)) {
            case 0 -> heapEndsUnderSyncMaps(Place.shared(own));
            case 1 -> syncMapIsClosed(own);
            case 2 -> syncMapsAreFreed(global);
            case 3 -> heapEndsUnderReaders(Place.shared(own));
            case 4 -> heapEndsUnderMisuse(Place.shared(own));
            case 5 -> strangersAtAConfinedHeap(Place.confined(own));
            case 6 -> arenaIsDropped(number / KINDS);
            default -> heapsComeAndGo();
        }
    }

    /** Returns the bytes that were still in use after all maps were freed. */
    long leakedBytes() {
        return leakedBytes;
    }

    /**
     * Returns how often misuse of plain maps caused an exception other than the one that detects
     * it.
     */
    long undetected() {
        return undetected.count();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    // ----------------------------------------------------------------------- maps for many threads

    private void heapEndsUnderSyncMaps(Place place) throws InterruptedException {
        SyncSubject maps = new SyncSubject(place.heap());
        Crew crew = maps.crew();
        crew.awaitMoment(random);
        place.end();
        crew.awaitEnd();
        maps.mustBeClosed();
    }

    /**
     * Two threads close one map. The map has its own heap, or it is in a heap that must stay open.
     */
    private void syncMapIsClosed(boolean ownsHeap) throws InterruptedException {
        SyncLongLongMap map = ownsHeap ? SyncLongLongMap.make() : SyncLongLongMap.make(global);
        for (int key = 0; key < ENTRIES; key++) {
            map.put(key, value(key));
        }
        Crew crew = new Crew(threads, complaints, false);
        crew.add("reader of a map that is closed", moment -> {
            int key = moment % FIRST_LOOSE;
            expect(key, map.get(key));
        });
        crew.add("writer of a map that is closed", moment -> map.put(FIRST_LOOSE + moment % FIRST_LOOSE, 1));
        crew.add(
                "loop over a map that is closed",
                moment -> map.forEach((key, value) -> {
                    if (key < FIRST_LOOSE) {
                        expect(key, value);
                    }
                }));
        crew.awaitMoment(random);
        FutureTask<Void> other = new FutureTask<>(map::close, null);
        threads.execute(other);
        map.close();
        Crew.await(other);
        crew.awaitEnd();
        mustBeClosed("get", () -> map.get(0));
        mustBeClosed("get of an absent key", () -> map.get(-1));
        mustBeClosed("put", () -> map.put(0, 0));
        mustBeClosed("size", map::size);
        map.free();
        map.close();
        countLeak(global);
    }

    private void syncMapsAreFreed(NativeHeap heap) throws InterruptedException {
        SyncSubject maps = new SyncSubject(heap);
        Crew crew = maps.crew();
        crew.awaitMoment(random);
        maps.longs.free();
        maps.texts.free();
        crew.awaitEnd();
        maps.mustBeClosed();
        maps.longs.free();
        maps.texts.free();
        countLeak(heap);
    }

    /** Two maps in one heap, and the threads that use both. */
    private final class SyncSubject {
        private final SyncLongLongMap longs;
        private final SyncMap<String, String> texts;

        SyncSubject(NativeHeap heap) {
            longs = SyncLongLongMap.make(heap);
            texts = SyncMap.make(heap, Type.UTF8, Type.UTF8);
            for (int key = 0; key < ENTRIES; key++) {
                put(key);
            }
        }

        private void put(int key) {
            longs.put(key, value(key));
            texts.put(text(key), text(value(key)));
        }

        Crew crew() {
            Crew crew = new Crew(threads, complaints, false);
            crew.add("reader", moment -> {
                int key = moment % FIRST_LOOSE;
                expect(key, longs.get(key));
                expect(key, texts.get(text(key)));
            });
            crew.add("writer", moment -> {
                int key = FIRST_LOOSE + moment % FIRST_LOOSE;
                if (moment / FIRST_LOOSE % 2 == 0) {
                    longs.remove(key);
                    texts.remove(text(key));
                } else {
                    put(key);
                }
            });
            crew.add("reader of bytes", moment -> {
                int key = moment % FIRST_LOOSE;
                expect(
                        key,
                        texts.<String>read(
                                text(key),
                                bytes -> new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8)));
            });
            crew.add("iterator", moment -> {
                longs.forEach(Lifetimes.this::expect);
                for (Map.Entry<String, String> entry : texts.entrySet()) {
                    expect(number(entry.getKey()), entry.getValue());
                }
            });
            return crew;
        }

        void mustBeClosed() {
            Lifetimes.this.mustBeClosed("get", () -> longs.get(0));
            Lifetimes.this.mustBeClosed("put", () -> longs.put(0, 0));
            Lifetimes.this.mustBeClosed("get", () -> texts.get(text(0)));
            Lifetimes.this.mustBeClosed("get of an absent key", () -> texts.get(""));
            Lifetimes.this.mustBeClosed("put", () -> texts.put("", ""));
            Lifetimes.this.mustBeClosed("iterator", () -> texts.forEach((key, value) -> {}));
        }
    }

    // -------------------------------------------------------------------------------- plain maps

    private void heapEndsUnderReaders(Place place) throws InterruptedException {
        LongLongMap longs = longs(place.heap());
        MemMap<String, String> texts = texts(place.heap());
        Crew crew = new Crew(threads, complaints, false);
        crew.add("reader", moment -> {
            int key = moment % ENTRIES;
            expect(key, longs.get(key));
            expect(key, texts.get(text(key)));
        });
        crew.add("cursor", moment -> {
            readAll(longs.cursor());
            readAll(texts.cursor());
        });
        crew.awaitMoment(random);
        place.end();
        crew.awaitEnd();
        mustBeClosed("get", () -> longs.get(0));
        mustBeClosed("cursor", () -> texts.cursor().next());
    }

    /** Several threads write without a lock. Values may be lost, but the JVM must not crash. */
    private void heapEndsUnderMisuse(Place place) throws InterruptedException {
        LongLongMap longs = longs(place.heap());
        MemMap<String, String> texts = texts(place.heap());
        Crew crew = new Crew(threads, undetected, true);
        for (int writer = 0; writer < 2; writer++) {
            crew.add("unguarded writer of longs", moment -> {
                longs.put(moment % 1000, moment);
                longs.remove(moment % 777);
            });
            crew.add("unguarded writer of texts", moment -> {
                texts.put(text(moment % 1000), text(moment));
                texts.delete(text(moment % 777));
            });
        }
        crew.add("unguarded cursor over longs", moment -> {
            for (LongLongCursor cursor = longs.cursor(); cursor.next(); ) {
                cursor.value();
            }
        });
        crew.add("unguarded reader of texts", moment -> texts.get(text(moment % 1000)));
        crew.awaitMoment(random);
        place.end();
        crew.awaitEnd();
    }

    /**
     * The owner uses the heap and ends it. Meanwhile every call by another thread must be refused.
     */
    private void strangersAtAConfinedHeap(Place place) throws InterruptedException {
        LongLongMap longs = longs(place.heap());
        MemMap<String, String> texts = texts(place.heap());
        LongLongCursor cursor = longs.cursor();
        Arena arena = place.arena();
        Runnable close = arena == null ? place.heap()::close : arena::close;
        AtomicBoolean done = new AtomicBoolean();
        FutureTask<Void> stranger = new FutureTask<>(
                () -> {
                    do {
                        mustBeRefused("get", () -> longs.get(1));
                        mustBeRefused("put", () -> longs.put(1, 0));
                        mustBeRefused("next", cursor::next);
                        mustBeRefused("get", () -> texts.get(text(1)));
                        mustBeRefused("set", () -> texts.set(text(1), ""));
                        mustBeRefused("close", () -> closeAsStranger(place.heap(), close));
                    } while (!done.get());
                },
                null);
        threads.execute(stranger);
        for (int key = 0; key < ENTRIES; key++) {
            expect(key, longs.get(key));
            expect(key, texts.get(text(key)));
        }
        readAll(longs.cursor());
        readAll(texts.cursor());
        longs.free();
        texts.free();
        countLeak(place.heap());
        place.end();
        done.set(true);
        Crew.await(stranger);
        mustBeClosed("get", () -> longs.get(0));
        mustBeClosed("put", () -> texts.put("", ""));
        mustBeClosed("allocate", () -> place.heap().allocate(1));
    }

    /**
     * Closes a heap or an arena in a thread that does not own it. Any thread may close what has
     * ended; that does nothing, so this method then throws the expected exception itself.
     */
    private static void closeAsStranger(NativeHeap heap, Runnable close) {
        close.run();
        if (!heap.isAlive()) {
            throw new WrongThreadException();
        }
    }

    // ------------------------------------------------------------- memory that the collector frees

    /**
     * Drops an automatic arena except for one object that uses it. That object must keep the memory
     * alive.
     */
    private void arenaIsDropped(long drops) {
        Runnable kept = keepOne((int) (drops % 5));
        if (drops % DROPS_BETWEEN_COLLECTIONS == 0) {
            System.gc();
        }
        kept.run();
    }

    private Runnable keepOne(int which) {
        NativeHeap heap = Place.automatic().heap();
        LongLongMap longs = longs(heap);
        return switch (which) {
            case 0 -> {
                LongLongCursor cursor = longs.cursor();
                yield () -> readAll(cursor);
            }
            case 1 -> {
                MemMapCursor<String, String> cursor = texts(heap).cursor();
                yield () -> readAll(cursor);
            }
            case 2 -> {
                SyncSubject maps = new SyncSubject(heap);
                Iterator<Map.Entry<String, String>> entries =
                        maps.texts.entrySet().iterator();
                yield () -> entries.forEachRemaining(entry -> expect(number(entry.getKey()), entry.getValue()));
            }
            case 3 -> {
                long pointer = heap.allocate(BLOCK_BYTES);
                MemorySegment slice = heap.slice(pointer, BLOCK_BYTES).fill((byte) 1);
                yield () -> expect(0, slice.get(ValueLayout.JAVA_BYTE, BLOCK_BYTES - 1) - 1);
            }
            default -> {
                Map<Long, Long> view = longs.asMap();
                yield () -> view.forEach(this::expect);
            }
        };
    }

    private static void heapsComeAndGo() {
        for (int i = 0; i < 4; i++) {
            try (NativeHeap heap = i % 2 == 0 ? NativeHeap.ofConfined() : NativeHeap.ofShared()) {
                heap.slice(heap.allocate(BLOCK_BYTES), BLOCK_BYTES).fill((byte) 1);
            }
        }
    }

    // ------------------------------------------------------------------------ contents of the maps

    private static long value(long key) {
        return (key * 0x9E3779B97F4A7C15L) >> 8;
    }

    private static String text(long number) {
        return number + " " + "#".repeat((int) (number & 63));
    }

    private static long number(String text) {
        return Long.parseLong(text, 0, Math.max(0, text.indexOf(' ')), 10);
    }

    private static LongLongMap longs(NativeHeap heap) {
        LongLongMap map = LongLongMap.make(heap);
        for (int key = 0; key < ENTRIES; key++) {
            map.put(key, value(key));
        }
        return map;
    }

    private static MemMap<String, String> texts(NativeHeap heap) {
        MemMap<String, String> map = MemMap.make(heap, Type.UTF8, Type.UTF8);
        for (int key = 0; key < ENTRIES; key++) {
            map.set(text(key), text(value(key)));
        }
        return map;
    }

    private void readAll(LongLongCursor cursor) {
        int entries = 0;
        for (; cursor.next(); entries++) {
            expect(cursor.key(), cursor.value());
        }
        expectAll(entries);
    }

    private void readAll(MemMapCursor<String, String> cursor) {
        int entries = 0;
        for (; cursor.next(); entries++) {
            expect(number(cursor.key()), cursor.value());
        }
        expectAll(entries);
    }

    private void expectAll(int entries) {
        if (entries != ENTRIES) {
            complaints.add("a loop over " + ENTRIES + " entries produced " + entries);
        }
    }

    private void expect(long key, long value) {
        if (value != value(key)) {
            complaints.add("key " + key + " had " + value + ", not " + value(key));
        }
    }

    private void expect(long key, @Nullable String value) {
        if (!Objects.equals(value, text(value(key)))) {
            complaints.add("key " + key + " had " + value + ", not " + text(value(key)));
        }
    }

    private void mustBeClosed(String what, Runnable use) {
        try {
            use.run();
            complaints.add(what + " returned after the end of its memory");
        } catch (IllegalStateException e) {
            if (!Crew.isClosed(e)) {
                complaints.add(what + " after the end of its memory", e);
            }
        }
    }

    private void mustBeRefused(String what, Runnable use) {
        try {
            use.run();
            complaints.add(what + " returned in a thread that is not the owner");
        } catch (WrongThreadException e) {
            // as promised
        } catch (RuntimeException e) {
            complaints.add(what + " in a thread that is not the owner", e);
        }
    }

    private void countLeak(NativeHeap heap) {
        heap.check();
        leakedBytes += heap.stats().inUse();
    }
}
