package io.memmap.stress;

import io.memmap.stress.linear.Invocations;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jetbrains.lincheck.datastructures.StressOptions;

/**
 * The JVM that checks one subject, a map with its operations. Lincheck runs random scenarios of the
 * operations until the time is up or an answer is wrong.
 */
final class LincheckChild {
    static final String PROGRESS = "@invocations ";

    /** One thread per processor, but at least 2 and at most 3. */
    private static final int THREADS = Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 3);

    private static final int INVOCATIONS_A_SCENARIO = 400;
    /**
     * The least number of invocations. Fewer would show nothing, so a slow machine takes longer.
     */
    private static final int LEAST_INVOCATIONS = 200;

    private static final int MILLIS_BETWEEN_LINES = 200;

    private LincheckChild() {}

    /**
     * Checks one subject. The arguments are the name of its class, which contains the class of its
     * model, and the milliseconds.
     */
    public static void main(String[] args) throws Exception {
        Class<?> subject = Class.forName(args[0]);
        Class<?> model = Class.forName(args[0] + "$Model");
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Long.parseLong(args[1]));
        FutureTask<Void> check = new FutureTask<>(
                () -> new StressOptions()
                        .iterations(Integer.MAX_VALUE)
                        .invocationsPerIteration(INVOCATIONS_A_SCENARIO)
                        .threads(THREADS)
                        .actorsPerThread(3)
                        .actorsBefore(3)
                        .actorsAfter(2)
                        .minimizeFailedScenario(false)
                        .sequentialSpecification(model)
                        .check(subject),
                null);
        Thread.ofPlatform().daemon().start(check);
        while (System.nanoTime() - end < 0 || Invocations.ended() < LEAST_INVOCATIONS) {
            try {
                check.get(MILLIS_BETWEEN_LINES, TimeUnit.MILLISECONDS);
                throw new IllegalStateException("Lincheck has run out of scenarios");
            } catch (TimeoutException stillGood) {
                System.out.println(PROGRESS + Invocations.ended());
            }
        }
        System.out.flush();
        Runtime.getRuntime().halt(0); // its threads may still be at work
    }
}
