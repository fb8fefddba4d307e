package io.memmap.stress;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The JVM of one mode. It runs rounds of every kind in turn until the time is up, and then prints
 * the figures.
 */
final class LifetimeChild {
    static final String PROGRESS = "@rounds ";

    private static final int ROUNDS_BETWEEN_LINES = 16;
    /**
     * A round that takes this long is stuck. A normal round takes about 10 ms, and 100 ms in the
     * interpreter.
     */
    private static final long STUCK_SECONDS = 60;

    private LifetimeChild() {}

    /** Runs the rounds. The arguments are the milliseconds and the seed. */
    public static void main(String[] args) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Long.parseLong(args[0]));
        Complaints complaints = new Complaints();
        AtomicLong rounds = new AtomicLong();
        Thread.ofPlatform().daemon().start(() -> watch(rounds));
        long before = 0;
        long warm = System.nanoTime() + (end - System.nanoTime()) / 3;
        long leaked;
        long undetected;
        try (Lifetimes lifetimes = new Lifetimes(Long.parseLong(args[1]), complaints)) {
            do {
                lifetimes.round(rounds.getAndIncrement());
                if (before == 0 && System.nanoTime() - warm >= 0) {
                    before = Resident.bytes();
                }
                if (rounds.get() % ROUNDS_BETWEEN_LINES == 0) {
                    System.out.println(PROGRESS + rounds.get());
                }
            } while (System.nanoTime() - end < 0);
            leaked = lifetimes.leakedBytes();
            undetected = lifetimes.undetected();
        }
        long after = Resident.bytes();
        complaints.first().forEach(System.out::println);
        System.out.println(new LifetimeFigures(
                        rounds.get(), complaints.count(), undetected, leaked, before == 0 ? after : before, after)
                .line());
    }

    /** Prints the stacks of all threads and ends this JVM if a round does not end. */
    private static void watch(AtomicLong rounds) {
        long seen = -1;
        while (seen != rounds.get()) {
            seen = rounds.get();
            try {
                TimeUnit.SECONDS.sleep(STUCK_SECONDS);
            } catch (InterruptedException e) {
                return;
            }
        }
        System.out.println("round " + seen + " has not ended within " + STUCK_SECONDS + " s");
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            System.out.println(thread);
            Arrays.stream(stack).forEach(frame -> System.out.println("    at " + frame));
        });
        Runtime.getRuntime().halt(1);
    }
}
