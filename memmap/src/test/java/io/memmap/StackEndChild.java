package io.memmap;

import io.memmap.FaultSubjects.Subject;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The program of {@link StackEndTest}: runs operations at each distance from the end of a thread's stack. After each of them
 * the map must be as it was before the operation or as it is after it, and the invariants must hold.
 */
final class StackEndChild {
    private static final int STACK_BYTES = 256 << 10;
    /** Operations that have all of the stack, before the sweeps. */
    private static final int WARM_UP = 500;
    /** So many operations in a row must succeed before a sweep is far enough from the end. */
    private static final int SUCCESSES = 20;
    /** No operation takes as long, so a lock is held that nobody will release. */
    private static final long WATCHDOG_MILLIS = 60_000;

    private static final AtomicLong ATTEMPTS = new AtomicLong();

    private StackEndChild() {}

    /**
     * Runs the sweeps.
     *
     * @param args how many sweeps each subject gets; a part of the names of the subjects to run, which may be empty; and a third
     *     argument of any text for virtual threads
     */
    public static void main(String[] args) throws InterruptedException {
        int rounds = Integer.parseInt(args[0]);
        Thread.ofPlatform().daemon().start(StackEndChild::watch);
        for (var entry : FaultSubjects.subjects().entrySet()) {
            if (args.length > 1 && !entry.getKey().contains(args[1])) {
                continue;
            }
            Throwable[] thrown = new Throwable[1];
            Runnable sweep = () -> sweep(entry.getValue(), rounds);
            Thread thread = args.length > 2
                    ? Thread.ofVirtual().unstarted(sweep)
                    : new Thread(null, sweep, entry.getKey(), STACK_BYTES);
            thread.setUncaughtExceptionHandler((ended, throwable) -> thrown[0] = throwable);
            thread.start();
            thread.join();
            if (thrown[0] != null) {
                System.out.println(entry.getKey() + " is broken: " + thrown[0]);
                thrown[0].printStackTrace(System.out);
                System.exit(1);
            }
        }
        System.out.println("attempts: " + ATTEMPTS);
    }

    private static void watch() {
        long seen = -1;
        while (ATTEMPTS.get() != seen) {
            seen = ATTEMPTS.get();
            try {
                Thread.sleep(WATCHDOG_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
        System.out.println("an operation does not end: a lock is held, or a chain is a cycle");
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            System.out.println(thread.getName());
            for (StackTraceElement element : stack) {
                System.out.println("  " + element);
            }
        });
        Runtime.getRuntime().halt(1);
    }

    private static void sweep(Supplier<Subject> maker, int rounds) {
        Subject subject = maker.get();
        Random random = new Random(rounds);
        Map<Long, Long> model = new HashMap<>();
        for (int i = 0; i < WARM_UP; i++) { // loads classes, fills the map, and lets it grow and shrink
            attempt(subject, 0, random, model);
        }
        int refused = 0;
        for (int round = 0; round < rounds; round++) {
            int deepest = deepest();
            int successes = 0;
            for (int depth = deepest + 2; successes < SUCCESSES && depth > 0; depth--) {
                boolean done = attempt(subject, depth, random, model);
                successes = done ? successes + 1 : 0;
                refused += done ? 0 : 1;
            }
        }
        if (refused == 0) {
            throw new AssertionError("no operation met the end of the stack");
        }
    }

    /** Runs an operation at this depth; returns whether it had the stack for it. */
    private static boolean attempt(Subject subject, int depth, Random random, Map<Long, Long> model) {
        ATTEMPTS.incrementAndGet();
        int operation = random.nextInt(100);
        long key = random.nextInt(FaultSubjects.KEYS);
        long value = random.nextInt(1, 1000);
        Map<Long, Long> before = new HashMap<>(model);
        boolean done = false;
        try {
            descend(depth, () -> subject.run(operation, key, value));
            done = true;
        } catch (StackOverflowError expected) {
            // the operation was refused
        }
        FaultSubjects.compare(subject, operation, key, value, done, before, model);
        return done;
    }

    private static int descend(int depth, Runnable operation) {
        if (depth <= 0) {
            operation.run();
            return 0;
        }
        return descend(depth - 1, operation) + 1;
    }

    private static int deepest() {
        int most = 1;
        while (fits(most)) {
            most *= 2;
        }
        int least = most / 2;
        while (least + 1 < most) {
            int middle = (least + most) >>> 1;
            if (fits(middle)) {
                least = middle;
            } else {
                most = middle;
            }
        }
        return least;
    }

    private static boolean fits(int depth) {
        try {
            descend(depth, () -> {});
            return true;
        } catch (StackOverflowError end) {
            return false;
        }
    }
}
