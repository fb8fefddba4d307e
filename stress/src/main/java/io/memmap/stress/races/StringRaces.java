package io.memmap.stress.races;

import static io.memmap.stress.races.Subjects.OLD;
import static io.memmap.stress.races.Subjects.ONE;
import static io.memmap.stress.races.Subjects.STRINGS;
import static io.memmap.stress.races.Subjects.TWO;
import static io.memmap.stress.races.Subjects.name;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.LLL_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.L_Result;
import org.openjdk.jcstress.infra.results.ZLL_Result;
import org.openjdk.jcstress.infra.results.ZZL_Result;

/**
 * Races of two threads for one key of a SyncMap of strings. The values lie in blocks of memory,
 * which writers free.
 */
public final class StringRaces {
    private StringRaces() {}

    /** A read sees a whole value: the old one or the new one. */
    @JCStressTest
    @Outcome(id = "old", expect = Expect.ACCEPTABLE)
    @Outcome(id = "one", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class PutGet {
        private final String key = Subjects.newText();

        public PutGet() {
            STRINGS.put(key, OLD);
        }

        @Actor
        public void first() {
            STRINGS.put(key, ONE);
        }

        @Actor
        public void second(L_Result r) {
            r.r1 = name(STRINGS.get(key));
        }

        @Arbiter
        public void end(L_Result r) {
            STRINGS.remove(key);
        }
    }

    /**
     * A function that reads bytes sees a whole value, and the bytes do not change while it runs.
     */
    @JCStressTest
    @Outcome(id = "old, true", expect = Expect.ACCEPTABLE)
    @Outcome(id = "one, true", expect = Expect.ACCEPTABLE)
    @Outcome(id = "two, true", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class PutPutRead {
        private final String key = Subjects.newText();

        public PutPutRead() {
            STRINGS.put(key, OLD);
        }

        @Actor
        public void first() {
            STRINGS.put(key, ONE);
            STRINGS.put(key, TWO);
        }

        @Actor
        public void second(LL_Result r) {
            r.r2 = STRINGS.read(key, bytes -> {
                String text = text(bytes);
                r.r1 = name(text);
                return text.equals(text(bytes));
            });
        }

        private static String text(MemorySegment bytes) {
            return new String(bytes.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        }

        @Arbiter
        public void end(LL_Result r) {
            STRINGS.remove(key);
        }
    }

    /** Neither of two updates is lost, and a reader sees each update as a whole. */
    @JCStressTest
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE)
    @Outcome(id = "2, 2", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class UpdateTwiceGet {
        private final String key = Subjects.newText();

        public UpdateTwiceGet() {
            STRINGS.put(key, "0".repeat(50));
        }

        private void increment() {
            STRINGS.update(key, bytes -> bytes.fill((byte) (bytes.get(ValueLayout.JAVA_BYTE, 0) + 1)));
        }

        @Actor
        public void first() {
            increment();
        }

        @Actor
        public void second(LL_Result r) {
            increment();
            r.r1 = digit(STRINGS.get(key));
        }

        @Arbiter
        public void end(LL_Result r) {
            r.r2 = digit(STRINGS.remove(key));
        }

        private static String digit(@Nullable String text) {
            return text == null || !text.equals(text.substring(0, 1).repeat(50))
                    ? String.valueOf(text)
                    : text.substring(0, 1);
        }
    }

    /** A later read never sees an older state than an earlier read. */
    @JCStressTest
    @Outcome(id = "none, none", expect = Expect.ACCEPTABLE)
    @Outcome(id = "none, one", expect = Expect.ACCEPTABLE)
    @Outcome(id = "none, two", expect = Expect.ACCEPTABLE)
    @Outcome(id = "one, one", expect = Expect.ACCEPTABLE)
    @Outcome(id = "one, two", expect = Expect.ACCEPTABLE)
    @Outcome(id = "two, two", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class PutPutGet {
        private final String key = Subjects.newText();

        @Actor
        public void first() {
            STRINGS.put(key, ONE);
            STRINGS.put(key, TWO);
        }

        @Actor
        public void second(LL_Result r) {
            r.r1 = name(STRINGS.get(key));
            r.r2 = name(STRINGS.get(key));
        }

        @Arbiter
        public void end(LL_Result r) {
            STRINGS.remove(key);
        }
    }

    /** One of two writes comes first, and the other one returns its value. */
    @JCStressTest
    @Outcome(id = "none, one, two", expect = Expect.ACCEPTABLE)
    @Outcome(id = "two, none, one", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class PutPut {
        private final String key = Subjects.newText();

        @Actor
        public void first(LLL_Result r) {
            r.r1 = name(STRINGS.put(key, ONE));
        }

        @Actor
        public void second(LLL_Result r) {
            r.r2 = name(STRINGS.put(key, TWO));
        }

        @Arbiter
        public void end(LLL_Result r) {
            r.r3 = name(STRINGS.remove(key));
        }
    }

    /** If two threads call putIfAbsent, one puts its value, and the other gets that value. */
    @JCStressTest
    @Outcome(id = "none, one, one", expect = Expect.ACCEPTABLE)
    @Outcome(id = "two, none, two", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class PutIfAbsentTwice {
        private final String key = Subjects.newText();

        @Actor
        public void first(LLL_Result r) {
            r.r1 = name(STRINGS.putIfAbsent(key, ONE));
        }

        @Actor
        public void second(LLL_Result r) {
            r.r2 = name(STRINGS.putIfAbsent(key, TWO));
        }

        @Arbiter
        public void end(LLL_Result r) {
            r.r3 = name(STRINGS.remove(key));
        }
    }

    /** If two threads replace the same value, only one succeeds. */
    @JCStressTest
    @Outcome(id = "true, false, one", expect = Expect.ACCEPTABLE)
    @Outcome(id = "false, true, two", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class ReplaceTwice {
        private final String key = Subjects.newText();

        public ReplaceTwice() {
            STRINGS.put(key, OLD);
        }

        @Actor
        public void first(ZZL_Result r) {
            r.r1 = STRINGS.replace(key, OLD, ONE);
        }

        @Actor
        public void second(ZZL_Result r) {
            r.r2 = STRINGS.replace(key, OLD, TWO);
        }

        @Arbiter
        public void end(ZZL_Result r) {
            r.r3 = name(STRINGS.remove(key));
        }
    }

    /** A removal of a value succeeds only if it comes before the overwriting. */
    @JCStressTest
    @Outcome(id = "true, none, one", expect = Expect.ACCEPTABLE)
    @Outcome(id = "false, old, one", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class RemoveValuePut {
        private final String key = Subjects.newText();

        public RemoveValuePut() {
            STRINGS.put(key, OLD);
        }

        @Actor
        public void first(ZLL_Result r) {
            r.r1 = STRINGS.remove(key, OLD);
        }

        @Actor
        public void second(ZLL_Result r) {
            r.r2 = name(STRINGS.put(key, ONE));
        }

        @Arbiter
        public void end(ZLL_Result r) {
            r.r3 = name(STRINGS.remove(key));
        }
    }

    /** If two threads remove a key, only one gets the value. */
    @JCStressTest
    @Outcome(id = "old, none, none", expect = Expect.ACCEPTABLE)
    @Outcome(id = "none, old, none", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class RemoveTwice {
        private final String key = Subjects.newText();

        public RemoveTwice() {
            STRINGS.put(key, OLD);
        }

        @Actor
        public void first(LLL_Result r) {
            r.r1 = name(STRINGS.remove(key));
        }

        @Actor
        public void second(LLL_Result r) {
            r.r2 = name(STRINGS.remove(key));
        }

        @Arbiter
        public void end(LLL_Result r) {
            r.r3 = name(STRINGS.get(key));
        }
    }

    /** If two threads call computeIfAbsent, one puts its value, and both get that value. */
    @JCStressTest
    @Outcome(id = "one, one, one", expect = Expect.ACCEPTABLE)
    @Outcome(id = "two, two, two", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class ComputeIfAbsentTwice {
        private final String key = Subjects.newText();

        @Actor
        public void first(LLL_Result r) {
            r.r1 = name(STRINGS.computeIfAbsent(key, absent -> ONE));
        }

        @Actor
        public void second(LLL_Result r) {
            r.r2 = name(STRINGS.computeIfAbsent(key, absent -> TWO));
        }

        @Arbiter
        public void end(LLL_Result r) {
            r.r3 = name(STRINGS.remove(key));
        }
    }

    /** The second of two merges sees the result of the first. */
    @JCStressTest
    @Outcome(id = "a, ab, ab", expect = Expect.ACCEPTABLE)
    @Outcome(id = "ba, b, ba", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class MergeTwice {
        private final String key = Subjects.newText();

        @Actor
        public void first(LLL_Result r) {
            r.r1 = STRINGS.merge(key, "a", String::concat);
        }

        @Actor
        public void second(LLL_Result r) {
            r.r2 = STRINGS.merge(key, "b", String::concat);
        }

        @Arbiter
        public void end(LLL_Result r) {
            r.r3 = STRINGS.remove(key);
        }
    }
}
