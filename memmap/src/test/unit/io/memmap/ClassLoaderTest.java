package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.observe.HeapProfile;
import io.memmap.observe.MemStats;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A thread may outlive the class loader of the library, for example in a server that reloads an
 * application. The thread must not keep the loader reachable.
 */
@Tag("slow")
class ClassLoaderTest {
    private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(60);

    /**
     * Uses every kind of map and some of the observers. The class loader of the library loads this
     * class.
     */
    public static final class EveryMap implements Callable<Object> {
        record Point(int x, double y) {}

        record Named(String name, List<Point> points, Shape shape) {}

        sealed interface Shape permits Square, Group {}

        record Square(long side) implements Shape {}

        record Group(List<Shape> shapes) implements Shape {}

        @Override
        public Object call() {
            try (NativeHeap heap = NativeHeap.builder().maxBytes(16L << 20).open()) {
                LongLongMap.make(heap).put(1, 2);
                IntIntMap.make(heap).asMap().put(1, 2);
                MemMap<String, Point> points = MemMap.make(heap, Type.UTF8, Type.record(Point.class));
                points.put("a", new Point(1, 2));
                points.forEach((key, value) -> points.asMap().put(key, value));
                MemMap<Shape, Named> named = MemMap.make(heap, Type.sealed(Shape.class), Type.record(Named.class));
                named.put(new Square(1), new Named("a", List.of(new Point(1, 2)), new Group(List.of(new Square(2)))));
                named.forEach((key, value) -> named.asMap().put(key, value));
            }
            NativeHeap heap = NativeHeap.builder()
                    .shared()
                    .maxBytes(64L << 20)
                    .profileEvery(1024)
                    .open();
            try (SyncMap<String, byte[]> map = SyncMap.make(heap, Type.UTF8, Type.BYTES)) {
                map.put("a", new byte[100]);
                map.compute("a", (key, old) -> new byte[200]);
                SyncLongLongMap.make(heap).merge(1, 2, Long::sum);
                SyncMap<Long, Long> cache = SyncMap.builder(heap, Type.LONG, Type.LONG)
                        .maxEntries(100)
                        .expireAfterAccess(Duration.ofDays(1))
                        .onEviction((key, value, cause) -> {})
                        .make();
                for (long key = 0; key < 1000; key++) {
                    cache.put(key, key);
                }
                MemStats.read();
                HeapProfile.take();
            }
            return Map.of();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theLibrarysLoaderIsCollectedWhileAThreadThatUsedItLives(boolean virtual) throws Exception {
        try (ExecutorService pool = Executors.newSingleThreadExecutor(
                virtual ? Thread.ofVirtual().factory() : Thread.ofPlatform().factory())) {
            WeakReference<ClassLoader> loader =
                    pool.submit(ClassLoaderTest::useInALoaderOfItsOwn).get(60, TimeUnit.SECONDS);
            CountDownLatch end = new CountDownLatch(1);
            Future<Boolean> living = pool.submit(() -> end.await(120, TimeUnit.SECONDS));
            try {
                assertCollected(loader);
            } finally {
                end.countDown();
            }
            assertThat(living.get(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static WeakReference<ClassLoader> useInALoaderOfItsOwn() throws Exception {
        try (URLClassLoader loader = newLoader()) {
            Class<?> use = loader.loadClass(EveryMap.class.getName());
            assertThat(use).isNotSameAs(EveryMap.class);
            ((Callable<?>) use.getConstructor().newInstance()).call();
            return new WeakReference<>(loader);
        }
    }

    private static URLClassLoader newLoader() {
        URL[] classes = Stream.of(NativeHeap.class, EveryMap.class)
                .map(known -> known.getProtectionDomain().getCodeSource().getLocation())
                .toArray(URL[]::new);
        return new URLClassLoader(classes, ClassLoader.getPlatformClassLoader());
    }

    /**
     * A static field of the library is initialised for the first caller. It must not keep that
     * caller's class loader reachable.
     */
    @Test
    void theContextLoaderOfTheFirstUseIsCollected() throws Exception {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        try (URLClassLoader library = newLoader()) {
            ClassLoader context = new URLClassLoader(new URL[0], library);
            WeakReference<ClassLoader> loader = new WeakReference<>(context);
            thread.setContextClassLoader(context);
            ((Callable<?>) library.loadClass(EveryMap.class.getName())
                            .getConstructor()
                            .newInstance())
                    .call();
            thread.setContextClassLoader(before);
            context = null;
            assertCollected(loader);
        } finally {
            thread.setContextClassLoader(before);
        }
    }

    /** The library must not keep a record's class that no type refers to any more. */
    @Test
    void theLoaderOfARecordIsCollectedWhileTheLibraryLives() throws Exception {
        try (NativeHeap heap = NativeHeap.ofShared()) {
            WeakReference<ClassLoader> loader = useRecordsOfAnotherLoader(heap);
            assertCollected(loader);
            assertThat(heap.isAlive()).isTrue();
        }
    }

    private static WeakReference<ClassLoader> useRecordsOfAnotherLoader(NativeHeap heap) {
        RandomRecords<?> records = new RandomRecords<>(new Random(7));
        useRecords(heap, records);
        return new WeakReference<>(records.recordClass().getClassLoader());
    }

    private static <R extends Record> void useRecords(NativeHeap heap, RandomRecords<R> records) {
        Type<R> type = Type.record(records.recordClass());
        MemMap<Integer, R> map = MemMap.make(heap, Type.INT, type);
        for (int i = 0; i < 1000; i++) {
            map.put(i, records.next());
            assertThat(map.get(i)).isNotNull();
        }
    }

    private static void assertCollected(WeakReference<ClassLoader> loader) {
        long start = System.nanoTime();
        while (loader.get() != null && System.nanoTime() - start < MAX_NANOS) {
            System.gc();
        }
        assertThat(loader.get()).isNull();
    }
}
