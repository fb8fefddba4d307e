package io.memmap.stress;

import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Threads that use memory until it ends. Each must then get an IllegalStateException, "Already
 * closed".
 */
final class Crew {
    private static final int MAX_SPINS = 50_000;
    private static final int STUCK_SECONDS = 120;
    private static final int STUCK_EXIT_CODE = 3;

    private final Executor threads;
    private final Complaints complaints;
    private final boolean misuses;
    private final List<FutureTask<Void>> members = new ArrayList<>();
    private final List<CountDownLatch> begun = new ArrayList<>();

    /**
     * Creates a crew. If it misuses the maps, its threads may get ConcurrentModificationException
     * before the memory ends.
     */
    Crew(Executor threads, Complaints complaints, boolean misuses) {
        this.threads = threads;
        this.complaints = complaints;
        this.misuses = misuses;
    }

    /** A step of a thread's work. The thread repeats it with increasing numbers. */
    interface Step {
        void at(int moment);
    }

    /** Starts a thread that repeats a step. */
    void add(String name, Step step) {
        CountDownLatch first = new CountDownLatch(1);
        FutureTask<Void> member = new FutureTask<>(() -> work(name, step, first), null);
        begun.add(first);
        members.add(member);
        threads.execute(member);
    }

    private void work(String name, Step step, CountDownLatch first) {
        try {
            for (int moment = 0; ; moment = moment + 1 & Integer.MAX_VALUE) {
                try {
                    step.at(moment);
                } catch (ConcurrentModificationException e) {
                    if (!misuses) {
                        throw e;
                    }
                }
                first.countDown();
            }
        } catch (IllegalStateException e) {
            if (!isClosed(e)) {
                complaints.add(name, e);
            }
        } catch (RuntimeException | Error e) {
            complaints.add(name, e);
        } finally {
            first.countDown();
        }
    }

    static boolean isClosed(IllegalStateException e) {
        return String.valueOf(e.getMessage()).startsWith("Already closed");
    }

    /** Waits until all threads have done a step, and then for a short random time. */
    void awaitMoment(SplittableRandom random) throws InterruptedException {
        for (CountDownLatch first : begun) {
            if (!first.await(STUCK_SECONDS, TimeUnit.SECONDS)) {
                dieStuck();
            }
        }
        for (int spins = random.nextInt(MAX_SPINS); spins > 0; spins--) {
            Thread.onSpinWait();
        }
    }

    /** Waits until all threads have ended because the memory has ended. */
    void awaitEnd() throws InterruptedException {
        for (FutureTask<Void> member : members) {
            await(member);
        }
    }

    static void await(FutureTask<Void> task) throws InterruptedException {
        try {
            task.get(STUCK_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            dieStuck();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Prints the stacks of all threads and ends this JVM. */
    private static void dieStuck() {
        System.out.println("stuck for " + STUCK_SECONDS + " s:");
        for (Map.Entry<Thread, StackTraceElement[]> thread :
                Thread.getAllStackTraces().entrySet()) {
            System.out.println(thread.getKey());
            for (StackTraceElement frame : thread.getValue()) {
                System.out.println("    " + frame);
            }
        }
        Runtime.getRuntime().halt(STUCK_EXIT_CODE);
    }
}
