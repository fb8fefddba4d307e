package io.memmap;

import io.memmap.FaultSubjects.Subject;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * The program of {@link ScarceMemoryTest}: runs operations while the Java heap has room for a few objects only, or for none. After
 * each of them the map must be as it was before the operation or as it is after it, and the invariants must hold.
 */
final class ScarceMemoryChild {
    /** Objects that are dropped before an operation, so that it fails at another of its allocations each time. */
    private static final int MOST_SPARED = 60;

    /** What fills the Java heap. */
    private static Filler filler;

    /** The least that can be dropped. */
    private static final class Filler {
        final Filler next;

        @SuppressWarnings("UnusedVariable") // it is there to take memory
        final byte[] bytes;

        Filler(Filler next, int size) {
            this.next = next;
            this.bytes = new byte[size];
        }
    }

    private ScarceMemoryChild() {}

    /**
     * Runs the operations.
     *
     * @param args how many operations each subject gets, and a part of the names of the subjects to run
     */
    public static void main(String[] args) {
        int operations = Integer.parseInt(args[0]);
        for (var entry : FaultSubjects.subjects().entrySet()) {
            if (args.length == 1 || entry.getKey().contains(args[1])) {
                try {
                    run(entry.getKey(), entry.getValue().get(), operations);
                } catch (Throwable broken) {
                    System.out.println(entry.getKey() + " is broken: " + broken);
                    broken.printStackTrace(System.out);
                    System.exit(1);
                }
            }
        }
    }

    private static void run(String name, Subject subject, int operations) {
        Random random = new Random(operations);
        Map<Long, Long> model = new HashMap<>();
        for (int i = 0; i < 500; i++) {
            attempt(subject, -1, random, model);
        }
        int failed = 0;
        for (int i = 0; i < operations; i++) {
            failed += attempt(subject, random.nextInt(MOST_SPARED), random, model) ? 0 : 1;
        }
        System.out.println(name + ": " + failed + " of " + operations + " operations had too little memory");
    }

    /** Runs an operation beside a full Java heap, unless {@code spared} is negative; returns whether it was done. */
    private static boolean attempt(Subject subject, int spared, Random random, Map<Long, Long> model) {
        int operation = random.nextInt(100);
        long key = random.nextInt(FaultSubjects.KEYS);
        long value = random.nextInt(1, 1000);
        Map<Long, Long> before = new HashMap<>(model);
        boolean done = false;
        try {
            if (spared >= 0) {
                fill();
                spare(spared);
            }
            subject.run(operation, key, value);
            done = true;
        } catch (OutOfMemoryError expected) {
            // the operation was not done
        } finally {
            filler = null;
        }
        FaultSubjects.compare(subject, operation, key, value, done, before, model);
        return done;
    }

    private static void fill() {
        for (int size : new int[] {1 << 20, 1 << 12, 0}) {
            try {
                while (true) {
                    filler = new Filler(filler, size);
                }
            } catch (OutOfMemoryError full) {
                // with smaller ones
            }
        }
    }

    private static void spare(int objects) {
        for (int i = 0; i < objects && filler != null; i++) {
            filler = filler.next;
        }
    }
}
