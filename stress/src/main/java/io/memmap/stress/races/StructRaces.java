package io.memmap.stress.races;

import io.memmap.StructField;
import io.memmap.StructRef;
import io.memmap.SyncLongStructMap;
import io.memmap.SyncLongStructRef;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JIL_Result;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.LL_Result;
import org.openjdk.jcstress.infra.results.ZZJ_Result;

/** Races of two threads for one key of a SyncLongStructMap. */
public final class StructRaces {
    private static final StructLayout LAYOUT = MemoryLayout.structLayout(
            ValueLayout.JAVA_LONG.withName("left"),
            ValueLayout.JAVA_LONG.withName("between"),
            ValueLayout.JAVA_LONG.withName("right"));
    private static final StructField.OfLong LEFT = StructField.ofLong(LAYOUT, "left");
    private static final StructField.OfLong RIGHT = StructField.ofLong(LAYOUT, "right");
    private static final SyncLongStructMap STRUCTS = SyncLongStructMap.make(Subjects.HEAP, LAYOUT);

    private StructRaces() {}

    private static void set(StructRef struct, long number) {
        struct.set(LEFT, number);
        struct.set(RIGHT, ~number);
    }

    /** Returns the number of a key's struct; "torn" and both fields if they are of different numbers. */
    private static String read(SyncLongStructRef ref, long key) {
        if (!ref.read(key)) {
            return "none";
        }
        long left = ref.get(LEFT);
        return ref.get(RIGHT) == ~left ? Long.toString(left) : "torn " + left + ", " + ref.get(RIGHT);
    }

    /** A read always sees both fields of the same update, and never goes back. */
    @JCStressTest
    @Outcome(id = "0, 0", expect = Expect.ACCEPTABLE)
    @Outcome(id = "0, 1", expect = Expect.ACCEPTABLE)
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class UpdateRead {
        private final long key = Subjects.newKey();
        private final SyncLongStructRef writer = STRUCTS.ref();
        private final SyncLongStructRef reader = STRUCTS.ref(LEFT, RIGHT);

        public UpdateRead() {
            writer.updateOrAdd(key, 0, StructRaces::set);
        }

        @Actor
        public void first() {
            writer.update(key, 1, StructRaces::set);
        }

        @Actor
        public void second(LL_Result r) {
            r.r1 = read(reader, key);
            r.r2 = read(reader, key);
        }

        @Arbiter
        public void end(LL_Result r) {
            STRUCTS.remove(key);
        }
    }

    /** A read during a removal and another addition sees a whole struct or none. */
    @JCStressTest
    @Outcome(id = "7, 7", expect = Expect.ACCEPTABLE)
    @Outcome(id = "7, none", expect = Expect.ACCEPTABLE)
    @Outcome(id = "7, 1", expect = Expect.ACCEPTABLE)
    @Outcome(id = "none, none", expect = Expect.ACCEPTABLE)
    @Outcome(id = "none, 1", expect = Expect.ACCEPTABLE)
    @Outcome(id = "1, 1", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class RemoveAddRead {
        private final long key = Subjects.newKey();
        private final SyncLongStructRef writer = STRUCTS.ref();
        private final SyncLongStructRef reader = STRUCTS.ref();

        public RemoveAddRead() {
            writer.updateOrAdd(key, 7, StructRaces::set);
        }

        @Actor
        public void first() {
            STRUCTS.remove(key);
            writer.updateOrAdd(key, 1, StructRaces::set);
        }

        @Actor
        public void second(LL_Result r) {
            r.r1 = read(reader, key);
            r.r2 = read(reader, key);
        }

        @Arbiter
        public void end(LL_Result r) {
            STRUCTS.remove(key);
        }
    }

    /** No update is lost. */
    @JCStressTest
    @Outcome(id = "1, 2", expect = Expect.ACCEPTABLE)
    @Outcome(id = "2, 1", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class UpdateUpdate {
        private final long key = Subjects.newKey();
        private final SyncLongStructRef one = STRUCTS.ref();
        private final SyncLongStructRef other = STRUCTS.ref();

        public UpdateUpdate() {
            one.updateOrAdd(key, 0, StructRaces::set);
        }

        private static long increment(SyncLongStructRef ref, long key) {
            ref.update(key, struct -> set(struct, struct.get(LEFT) + 1));
            return ref.get(LEFT);
        }

        @Actor
        public void first(JJ_Result r) {
            r.r1 = increment(one, key);
        }

        @Actor
        public void second(JJ_Result r) {
            r.r2 = increment(other, key);
        }

        @Arbiter
        public void end(JJ_Result r) {
            STRUCTS.remove(key);
        }
    }

    /** Of two threads that add a key, one adds it and the other updates it. */
    @JCStressTest
    @Outcome(id = "false, true, 11", expect = Expect.ACCEPTABLE)
    @Outcome(id = "true, false, 11", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class AddAdd {
        private final long key = Subjects.newKey();
        private final SyncLongStructRef one = STRUCTS.ref();
        private final SyncLongStructRef other = STRUCTS.ref();

        private static void add(StructRef struct, long number) {
            set(struct, struct.get(LEFT) + number);
        }

        @Actor
        public void first(ZZJ_Result r) {
            r.r1 = one.updateOrAdd(key, 1, AddAdd::add);
        }

        @Actor
        public void second(ZZJ_Result r) {
            r.r2 = other.updateOrAdd(key, 10, AddAdd::add);
        }

        @Arbiter
        public void end(ZZJ_Result r) {
            one.read(key);
            r.r3 = one.get(LEFT);
            STRUCTS.remove(key);
        }
    }

    /** A read that sees an update also sees what the writer did before. */
    @JCStressTest
    @Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE)
    @Outcome(id = "0, 1, 0", expect = Expect.ACCEPTABLE, desc = "the update came after the read")
    @Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE)
    @Outcome(expect = Expect.FORBIDDEN)
    @State
    public static class UpdatePublishes {
        private final long key = Subjects.newKey();
        private final SyncLongStructRef writer = STRUCTS.ref();
        private final SyncLongStructRef reader = STRUCTS.ref(LEFT, RIGHT);
        private int before;

        public UpdatePublishes() {
            writer.updateOrAdd(key, 0, StructRaces::set);
        }

        @Actor
        public void first() {
            before = 1;
            writer.update(key, 1, StructRaces::set);
        }

        @Actor
        public void second(JIL_Result r) {
            r.r3 = read(reader, key);
            r.r1 = reader.get(LEFT);
            r.r2 = before;
        }

        @Arbiter
        public void end(JIL_Result r) {
            STRUCTS.remove(key);
        }
    }
}
