package io.memmap.stress;

import java.util.concurrent.TimeUnit;

/** The JVM of one mode: rounds of every kind in turn until the time is up, then the figures. */
final class LifetimeChild {
    static final String PROGRESS = "@rounds ";

    private static final int ROUNDS_BETWEEN_LINES = 16;

    private LifetimeChild() {}

    /** Takes the milliseconds and the seed. */
    public static void main(String[] args) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Long.parseLong(args[0]));
        Complaints complaints = new Complaints();
        long rounds = 0;
        long before = 0;
        long warm = System.nanoTime() + (end - System.nanoTime()) / 3;
        long leaked;
        long undetected;
        try (Lifetimes lifetimes = new Lifetimes(Long.parseLong(args[1]), complaints)) {
            do {
                lifetimes.round(rounds++);
                if (before == 0 && System.nanoTime() - warm >= 0) {
                    before = Resident.bytes();
                }
                if (rounds % ROUNDS_BETWEEN_LINES == 0) {
                    System.out.println(PROGRESS + rounds);
                }
            } while (System.nanoTime() - end < 0);
            leaked = lifetimes.leakedBytes();
            undetected = lifetimes.undetected();
        }
        long after = Resident.bytes();
        complaints.first().forEach(System.out::println);
        System.out.println(
                new LifetimeFigures(rounds, complaints.count(), undetected, leaked, before == 0 ? after : before, after)
                        .line());
    }
}
