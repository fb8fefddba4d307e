package io.memmap.stress.pointers;

import java.time.Duration;

/** The JVM of one misuse. It runs the misuse and prints the outcome. */
public final class PointersChild {
    /** A JVM that takes longer is in an endless loop. */
    private static final Duration MOST = Duration.ofSeconds(60);

    static final int ENDLESS = 3;

    private PointersChild() {}

    /** Runs one misuse. The arguments are the names of the misuse and of the way. */
    public static void main(String[] args) {
        Thread watch = new Thread(PointersChild::endIfEndless);
        watch.setDaemon(true);
        watch.start();
        System.out.println(run(Misuse.valueOf(args[0]), Way.valueOf(args[1])).line());
    }

    static Outcome run(Misuse misuse, Way way) {
        Scene scene = new Scene(way == Way.CHECKED ? new CheckedAddresses() : new RawAddresses());
        try {
            return way == Way.MEMMAP ? misuse.throughHandles(scene) : misuse.throughAddresses(scene);
        } catch (RuntimeException refused) {
            return Outcome.exception(refused);
        }
    }

    private static void endIfEndless() {
        try {
            Thread.sleep(MOST);
        } catch (InterruptedException e) {
            return;
        }
        System.out.println("the misuse has not ended after " + MOST);
        Runtime.getRuntime().halt(ENDLESS);
    }
}
