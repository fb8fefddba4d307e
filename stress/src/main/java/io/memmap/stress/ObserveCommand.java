package io.memmap.stress;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import io.memmap.observe.ContentionProfile;
import io.memmap.observe.HeapProfile;
import io.memmap.observe.LatencySampler;
import io.memmap.observer.Observer;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Serves the observer's page while a load runs, so that the page has something to show. */
@Command(
        name = "observe",
        mixinStandardHelpOptions = true,
        description = "Serves the observer's page on the loopback interface while a load runs: a map that is filled and"
                + " emptied again and again, a bounded cache with four threads that wait for each other, and a"
                + " map that only grows.")
final class ObserveCommand implements Callable<Integer> {
    private static final int MAX_PORT = 0xFFFF;
    private static final int CACHE_THREADS = 4;
    private static final int CACHE_KEYS = 200_000;
    private static final int WORK = 1_500_000;
    private static final long PROFILE_BYTES = 64 << 10;
    private static final long CONTENTION_NANOS = 10_000;
    private static final double TIMED = 0.05;
    /** Operations between two rests. The rests leave time for other programs on the machine. */
    private static final int BURST = 2_000;

    private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

    @Mixin
    private Seconds seconds;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "0",
            description = "Port of the page, 0 to 65535. Default: 0, a free port.")
    private int port;

    @Spec
    private CommandSpec spec;

    private volatile boolean ended;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (port < 0 || port > MAX_PORT) {
            throw new ParameterException(spec.commandLine(), "--port must be 0.." + MAX_PORT + ": " + port);
        }
        HeapProfile.setMeanBytes(PROFILE_BYTES);
        ContentionProfile.setRateNanos(CONTENTION_NANOS);
        PrintWriter out = spec.commandLine().getOut();
        Progress progress = new Progress(spec.commandLine().getErr());
        try (Observer observer = Observer.serve(port);
                NativeHeap shared = NativeHeap.ofShared()) {
            out.println(observer.uri());
            out.flush();
            List<Thread> threads = load(shared);
            long end = seconds.fromNow();
            while (seconds.until(end) > 0 && threads.stream().allMatch(Thread::isAlive)) {
                progress.show(observer.uri() + " for " + seconds.until(end) + " s");
                TimeUnit.SECONDS.sleep(1);
            }
            progress.end();
            boolean isGood = threads.stream().allMatch(Thread::isAlive); // a dead one printed why
            ended = true;
            for (Thread thread : threads) {
                thread.join();
            }
            return isGood ? 0 : 1;
        }
    }

    private List<Thread> load(NativeHeap shared) {
        SyncMap<Long, String> cache = SyncMap.builder(shared, Type.LONG, Type.UTF8)
                .maxEntries(CACHE_KEYS / 2)
                .name("pages")
                .make();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < CACHE_THREADS; i++) {
            threads.add(Thread.ofPlatform().name("cache-" + i).start(() -> useCache(cache)));
        }
        threads.add(Thread.ofPlatform().name("orders").start(this::fillOrders));
        threads.add(Thread.ofPlatform().name("sessions").start(this::keepSessions));
        return threads;
    }

    private void useCache(SyncMap<Long, String> cache) {
        LatencySampler puts = timed("cache.put");
        long key = Thread.currentThread().threadId();
        for (long i = 0; goesOn(i); i++) {
            key = key * 6_364_136_223_846_793_005L + 1;
            long begun = puts.begin();
            cache.put((key >>> 33) % CACHE_KEYS, "page " + i);
            puts.end(begun);
        }
    }

    private void fillOrders() {
        LatencySampler puts = timed("orders.put");
        long done = 0;
        while (!ended) {
            try (NativeHeap heap = NativeHeap.ofConfined()) {
                LongLongMap orders = LongLongMap.builder(heap).name("orders").make();
                for (long key = 0; key < WORK && goesOn(done); key++, done++) {
                    long begun = puts.begin();
                    orders.put(key, done);
                    puts.end(begun);
                }
                for (long key = 0; key < WORK && goesOn(done); key++, done++) {
                    orders.remove(key);
                }
            }
        }
    }

    private void keepSessions() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap sessions = LongLongMap.builder(heap).name("sessions").make();
            for (long session = 0; goesOn(50 * session); session++) {
                sessions.put(session, session);
            }
        }
    }

    private static LatencySampler timed(String name) {
        LatencySampler sampler = LatencySampler.of(name);
        sampler.setRate(TIMED);
        return sampler;
    }

    /** Rests after every {@code BURST} operations. Returns false when it is time to end. */
    private boolean goesOn(long done) {
        if (done % BURST == 0) {
            LockSupport.parkNanos(REST_NANOS);
        }
        return !ended;
    }
}
