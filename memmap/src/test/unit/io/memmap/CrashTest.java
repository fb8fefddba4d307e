package io.memmap;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A process that ends between any two stores leaves a heap that a repair makes whole ({@link
 * CrashRun}). By default the histories are cut at some of their stores, which are others in each run.
 * With {@code -Dmemmap.cuts=all} they are cut at each store, and {@code -Dmemmap.cuts.seeds=N} runs
 * each history N times.
 */
class CrashTest {
    private static final boolean ALL = System.getProperty("memmap.cuts", "").equals("all");
    private static final int SEEDS = Integer.getInteger("memmap.cuts.seeds", 1);
    private static final double PART = Double.parseDouble(System.getProperty("memmap.cuts.part", "0.012"));

    private static MethodHandle run;

    @BeforeAll
    static void loadOnceMore() throws ReflectiveOperationException {
        Class<?> type = Class.forName("io.memmap.CrashRun", true, new StoresLoader());
        run = MethodHandles.lookup()
                .findStatic(
                        type,
                        "run",
                        MethodType.methodType(
                                long.class, String.class, String.class, boolean.class, double.class, long.class));
    }

    @ParameterizedTest
    @CsvSource({"long-long LINE", "long-long GO", "int-int LINE", "int-int GO"})
    void noCutOfAMapOfIntegersIsLost(String subject) throws Throwable {
        runAll(subject);
    }

    @ParameterizedTest
    @CsvSource({"long-long PAGE", "int-int PAGE", "struct3 PAGE", "struct7 PAGE", "shard PAGE", "shard LINE"})
    void noCutOfAMapWithPagesIsLost(String subject) throws Throwable {
        runAll(subject);
    }

    @ParameterizedTest
    @CsvSource({"ordered-string LINE", "ordered-record PAGE"})
    void noCutOfAMapWithAnOrderedIndexIsLost(String subject) throws Throwable {
        runAll(subject);
    }

    @ParameterizedTest
    @CsvSource({
        "long-int LINE", "double-long LINE", "double-long GO", "string-string LINE", "string-string GO",
        "long-string LINE", "string-uuid GO", "fixed-large LINE", "struct LINE", "struct-large GO"
    })
    void noCutOfAMapOfObjectsIsLost(String subject) throws Throwable {
        runAll(subject);
    }

    @ParameterizedTest
    @CsvSource({
        "sync-long PAGE", "sync-long-1 PAGE", "sync-struct3 PAGE", "sync-struct3 LINE", "sync-struct3 GO",
        "sync-struct3-1 GO", "sync-struct40 LINE", "sync-string LINE", "sync-ordered LINE", "sync-double LINE"
    })
    void noCutOfAMapForManyThreadsIsLost(String subject) throws Throwable {
        runAll(subject);
    }

    @ParameterizedTest
    @CsvSource({
        "sync-cache LINE",
        "sync-cache-double LINE",
        "sync-cache-evicting-1 LINE",
        "sync-cache-timed LINE",
        "sync-cache-deadlines-1 LINE",
        "sync-cache-bytes-1 LINE"
    })
    void noCutOfACacheIsLost(String subject) throws Throwable {
        runAll(subject);
    }

    private static void runAll(String subject) throws Throwable {
        long cuts = 0;
        for (int i = 0; i < SEEDS; i++) {
            for (String history : new String[] {
                "fill",
                "churn",
                "shrink",
                "clear",
                "clear keeping",
                "resize",
                "exhaust",
                "exhaust keeping",
                "blocks",
                "large",
                "apart",
                "crowd",
                "nan",
                "two"
            }) {
                long seed = System.nanoTime();
                boolean isOfPages = history.equals("apart") || history.equals("crowd");
                boolean isOfShards = subject.startsWith("sync") && !subject.contains("-1 ");
                boolean evicts = subject.matches("sync-cache-(evicting|timed|deadlines|bytes).*"); // and is never full
                boolean isOfOneTable = isOfPages || history.equals("large") || history.startsWith("exhaust");
                if ((history.equals("nan") && !subject.contains("double"))
                        || (isOfPages && !subject.endsWith("PAGE"))
                        || (history.equals("two") && !isOfShards)
                        || (isOfOneTable && evicts)
                        || (isOfOneTable && isOfShards && !history.equals("exhaust"))
                        || (subject.startsWith("sync") && (history.contains("keeping") || history.equals("resize")))) {
                    continue;
                }
                cuts += (long) run.invokeExact(subject, history, (seed & 1) == 0, ALL ? 1.0 : PART, seed);
            }
        }
        System.out.println(subject + ": " + cuts + " cuts");
    }
}
