package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.codec.OperationBuffers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A thread that waits for a shard is parked. So it does not occupy a carrier that the virtual
 * thread it waits for may need. This holds for interrupted threads, too.
 */
@Timeout(value = 300, threadMode = ThreadMode.SEPARATE_THREAD)
@SuppressWarnings("ReturnValueIgnored") // the test is about waiting
class SyncWaitTest {
    private static final long PATIENCE_SECONDS = 60;

    // ------------------------------------------------------------------------- one or two carriers

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void manyVirtualThreadsOnOneMapAllFinish(int carriers, @TempDir Path directory) throws Exception {
        assertThat(run(Crowd.class, carriers, directory)).contains("all done");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void threadsThatWaitForAFunctionDoNotBlockTheFunctionItWaitsFor(int carriers, @TempDir Path directory)
            throws Exception {
        assertThat(run(Chain.class, carriers, directory)).contains("all done");
    }

    /** Runs a program in a JVM with exactly this many carriers. Returns the output. */
    private static String run(Class<?> program, int carriers, Path directory) throws IOException, InterruptedException {
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx300m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Djdk.virtualThreadScheduler.parallelism=" + carriers,
                        "-Djdk.virtualThreadScheduler.maxPoolSize=" + carriers,
                        "-cp",
                        System.getProperty("java.class.path"),
                        program.getName())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean ended = process.waitFor(3 * PATIENCE_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        String written = Files.readString(output);
        assertThat(ended).as(written).isTrue();
        assertThat(process.exitValue()).as(written).isZero();
        return written;
    }

    /**
     * The virtual threads of a program. If they do not all end, the program prints their stacks and
     * fails.
     */
    private static final class Virtual {
        private final List<Thread> threads = new ArrayList<>();
        private final AtomicInteger running = new AtomicInteger();

        Thread start(Runnable work) {
            running.incrementAndGet();
            Thread thread = Thread.ofVirtual().start(() -> {
                work.run();
                running.decrementAndGet();
            });
            threads.add(thread);
            return thread;
        }

        void awaitEnd() throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            for (Thread thread : threads) {
                thread.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
            }
            if (running.get() != 0) {
                System.out.println(running + " of " + threads.size() + " threads have not ended:");
                for (Thread thread : threads) {
                    System.out.println(thread.getState() + " " + Arrays.toString(thread.getStackTrace()));
                }
                Runtime.getRuntime().halt(1);
            }
        }
    }

    /**
     * Hundreds of virtual threads, each of which runs many operations on one map. One map expires
     * entries, and the other does not.
     */
    static final class Crowd {
        private static final int THREADS = 300;
        private static final int STEPS = 3000;

        private Crowd() {}

        public static void main(String[] arguments) throws InterruptedException {
            try (NativeHeap heap =
                    NativeHeap.builder().shared().maxBytes(64 << 20).open()) {
                crowd(SyncMap.make(heap, Type.UTF8, Type.UTF8));
                crowd(SyncMap.builder(heap, Type.UTF8, Type.UTF8)
                        .maxEntries(10_000)
                        .expireAfterAccess(Duration.ofMillis(20))
                        .make());
            }
            System.out.println("all done");
        }

        private static void crowd(SyncMap<String, String> map) throws InterruptedException {
            Virtual threads = new Virtual();
            for (int i = 0; i < THREADS; i++) {
                threads.start(() -> {
                    for (int step = 0; step < STEPS; step++) {
                        step(map, ThreadLocalRandom.current());
                    }
                });
            }
            threads.awaitEnd();
            map.check();
        }

        private static void step(SyncMap<String, String> map, ThreadLocalRandom random) {
            String key = "k" + random.nextInt(100);
            switch (random.nextInt(40)) {
                case 0, 1, 2, 3, 4, 5, 6, 7 -> map.compute(key, (same, old) -> old == null ? "v" : old);
                case 8, 9, 10, 11 -> map.read(key, bytes -> bytes.byteSize() + map.mappingCount());
                case 12 -> map.size();
                case 13 -> map.forEach((same, value) -> {});
                case 14, 15 -> LockSupport.parkNanos(1000); // the thread does something else
                default -> map.get(key);
            }
        }
    }

    /**
     * One function holds a read lock and waits for an answer. A second function waits for the first
     * to end. More readers than there are carriers wait for the second.
     */
    static final class Chain {
        private static final int READERS = 8;

        private Chain() {}

        public static void main(String[] arguments) throws InterruptedException {
            try (NativeHeap heap =
                    NativeHeap.builder().shared().maxBytes(64 << 20).open()) {
                SyncMap<Integer, Integer> map = SyncMap.make(heap, Type.INT, Type.INT);
                map.put(1, 1);
                CountDownLatch computes = new CountDownLatch(1);
                CountDownLatch reads = new CountDownLatch(1);
                CountDownLatch answer = new CountDownLatch(1);
                Virtual threads = new Virtual();
                Thread computing = threads.start(() -> map.compute(1, (key, old) -> {
                    computes.countDown();
                    await(reads);
                    return old + 1;
                }));
                computes.await();
                threads.start(() -> map.read(1, bytes -> {
                    reads.countDown();
                    await(answer);
                    return 0;
                }));
                awaitThat(() -> isIn(computing, "excludeReaders"), computing);
                for (int i = 0; i < READERS; i++) {
                    Thread reader = threads.start(map::size);
                    if (i == 0) {
                        // the other readers may not have begun
                        awaitThat(() -> isIn(reader, "lockForRead"), reader);
                    }
                }
                answer.countDown();
                threads.awaitEnd();
                assertThat(map.get(1)).isEqualTo(2);
            }
            System.out.println("all done");
        }
    }

    private static boolean isIn(Thread thread, String method) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals(method));
    }

    private static void awaitThat(BooleanSupplier condition, Thread thread) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime())
                    .as(() -> thread.getState() + " " + Arrays.toString(thread.getStackTrace()))
                    .isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    // -------------------------------------------------------------------------- every kind of wait

    /** The kinds of threads. */
    enum ThreadKind {
        PLATFORM,
        VIRTUAL;

        /**
         * Starts a thread that is interrupted all the time while it works. It must still be
         * interrupted at the end.
         */
        Work start(Runnable work) {
            Work started = new Work();
            Thread.Builder builder =
                    this == VIRTUAL ? Thread.ofVirtual() : Thread.ofPlatform().daemon();
            started.thread = builder.start(() -> {
                Thread.currentThread().interrupt();
                try {
                    work.run();
                } catch (RuntimeException | Error e) {
                    started.thrown = e;
                }
                started.isInterrupted = Thread.currentThread().isInterrupted();
            });
            return started;
        }
    }

    /** The work of a thread. */
    static final class Work {
        private Thread thread;
        private volatile Throwable thrown;
        private volatile boolean isInterrupted;

        void awaitParked(String method) {
            awaitThat(() -> thread.getState() == Thread.State.WAITING && isIn(thread, method), thread);
        }

        void awaitEnd() throws InterruptedException {
            assertThat(thread.join(Duration.ofSeconds(PATIENCE_SECONDS))).isTrue();
            assertThat(isInterrupted).as("the thread is still interrupted").isTrue();
        }

        void awaitSuccess() throws InterruptedException {
            awaitEnd();
            assertThat(thrown).isNull();
        }
    }

    private final NativeHeap heap =
            NativeHeap.builder().shared().maxBytes(64 << 20).open();
    private final SyncMap<Long, Long> map = SyncMap.make(heap, Type.LONG, Type.LONG);

    SyncWaitTest() {
        for (long key = 0; key < 100; key++) {
            map.put(key, key);
        }
    }

    @AfterEach
    @Timeout(value = 60, threadMode = ThreadMode.SEPARATE_THREAD)
    void everythingIsSound() {
        map.check();
        assertThat(map).hasSize(100);
        map.free();
        heap.checkZeroes();
        heap.close();
    }

    private static Shard<?> shardOf(SyncMap<Long, Long> map, long key) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            map.keyCodec.encode(key, buffers.key);
            return map.shardOf(buffers.key);
        }
    }

    /** Returns a key that is in another shard than key 0. */
    private static long elsewhere(SyncMap<Long, Long> map) {
        long key = 1;
        while (shardOf(map, key) == shardOf(map, 0)) {
            key++;
        }
        return key;
    }

    @ParameterizedTest
    @EnumSource
    void interruptedFunctionsAndTheReadersBehindThemAreParkedUntilTheLastReaderUnlocks(ThreadKind threadKind)
            throws Exception {
        CountDownLatch computes = new CountDownLatch(1);
        CountDownLatch reads = new CountDownLatch(1);
        Work computing = threadKind.start(() -> map.compute(0L, (key, old) -> {
            computes.countDown();
            boolean isInterrupted = Thread.interrupted();
            await(reads);
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
            return old + 1;
        }));
        computes.await();
        Shard<?> shard = shardOf(map, 0);
        long first = shard.tryReadLock();
        long second = shard.tryReadLock();
        reads.countDown();
        computing.awaitParked("excludeReaders");
        Work sizing = threadKind.start(map::size);
        sizing.awaitParked("lockForRead");
        shard.unlockRead(first);
        computing.awaitParked("excludeReaders");
        sizing.awaitParked("lockForRead");
        shard.unlockRead(second);
        computing.awaitSuccess();
        sizing.awaitSuccess();
        assertThat(map.get(0L)).isOne();
    }

    @ParameterizedTest
    @EnumSource
    void interruptedFunctionsThatReadAreParkedUntilTheWriteEnds(ThreadKind threadKind) throws Exception {
        long other = elsewhere(map);
        Shard<?> shard = shardOf(map, 0);
        long stamp = shard.lockForWrite();
        Work computing = threadKind.start(() -> map.compute(other, (key, old) -> map.mappingCount()));
        computing.awaitParked("lockForNestedRead");
        Work reading = threadKind.start(() -> map.read(other, bytes -> map.mappingCount()));
        reading.awaitParked("lockForNestedRead");
        shard.endWrite(stamp);
        computing.awaitSuccess();
        reading.awaitSuccess();
        assertThat(map.get(other)).isEqualTo(100);
    }

    /** A write that gives memory back does this at its end. */
    @ParameterizedTest
    @EnumSource
    void functionsThatReadContinueWhenAWriteAdmitsReaders(ThreadKind threadKind) throws Exception {
        long other = elsewhere(map);
        Shard<?> shard = shardOf(map, 0);
        long stamp = shard.lockForWrite();
        Work computing = threadKind.start(() -> map.compute(other, (key, old) -> map.mappingCount()));
        computing.awaitParked("lockForNestedRead");
        stamp = shard.admitReaders(stamp);
        computing.awaitSuccess();
        shard.endWrite(stamp);
    }

    @ParameterizedTest
    @EnumSource
    void aFunctionThatWaitsToReadThrowsIfItsMapIsClosed(ThreadKind threadKind) throws Exception {
        SyncMap<Long, Long> closed = SyncMap.make(heap, Type.LONG, Type.LONG);
        Shard<?> shard = shardOf(closed, 0);
        long stamp = shard.lockForWrite();
        Work computing =
                threadKind.start(() -> closed.compute(elsewhere(closed), (same, old) -> closed.mappingCount()));
        computing.awaitParked("lockForNestedRead");
        Work closing = threadKind.start(closed::free);
        computing.awaitEnd();
        assertThat(computing.thrown).isInstanceOf(IllegalStateException.class).hasMessageStartingWith("Already closed");
        closing.awaitParked("lockForWrite");
        shard.endWrite(stamp);
        closing.awaitSuccess();
    }
}
