package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Readers and writers of a type may throw, and may use the very map: it is as it was before the step that runs them. */
class CallersCodeTest extends OnMemMaps {
    /** An integer whose code is spied on. */
    private record Spied(int n) {}

    @SuppressWarnings("UnnecessaryLambda")
    private static final Runnable NOTHING = () -> {};

    private Runnable onRead = NOTHING;
    private Runnable onWrite = NOTHING;
    private int readsBefore;
    private MemMap<Spied, Spied> walked;

    private final Type<Spied> numbers = Type.of(
            MemoryLayout.structLayout(ValueLayout.JAVA_INT.withName("n")),
            segment -> {
                beforeRead().run();
                return new Spied(segment.get(ValueLayout.JAVA_INT, 0));
            },
            (segment, number) -> {
                Runnable action = onWrite;
                onWrite = NOTHING;
                action.run();
                segment.set(ValueLayout.JAVA_INT, 0, number.n);
            });

    /** The action runs once, so that it may read and write itself. */
    private Runnable beforeRead() {
        if (readsBefore-- > 0) {
            return NOTHING;
        }
        Runnable action = onRead;
        onRead = NOTHING;
        return action;
    }

    @Test
    void whatTheCodeThrowsIsPassedOnAndTheMapIsAsItWas() {
        MemMap<Spied, Spied> map = filled(100);
        Runnable failure = () -> {
            throw new ArithmeticException("callers' own");
        };
        for (ThrowingCallable use : new ThrowingCallable[] {
            () -> map.get(new Spied(1)),
            () -> map.put(new Spied(1), new Spied(2)),
            () -> map.put(new Spied(1000), new Spied(2)),
            () -> map.set(new Spied(1), new Spied(2)),
            () -> map.delete(new Spied(1)),
            () -> map.remove(new Spied(1)),
            () -> map.update(new Spied(1), value -> value.fill((byte) -1)),
            () -> map.asMap().put(new Spied(1), new Spied(2))
        }) {
            onWrite = failure;
            assertThatExceptionOfType(ArithmeticException.class).isThrownBy(use).withMessage("callers' own");
            assertHolds(map, 100);
        }
        for (ThrowingCallable use : new ThrowingCallable[] {
            () -> map.get(new Spied(1)),
            () -> map.put(new Spied(1), new Spied(2)),
            () -> map.remove(new Spied(1)),
            () -> map.asMap().remove(new Spied(1)),
            () -> map.cursor().next(),
            () -> map.forEach((key, value) -> {}),
            () -> map.asMap().values().forEach(value -> {})
        }) {
            onRead = failure;
            assertThatExceptionOfType(ArithmeticException.class).isThrownBy(use).withMessage("callers' own");
            assertHolds(map, 100);
        }
    }

    @Test
    void anythingElseThanAnExceptionIsPassedOnToo() {
        MemMap<Spied, Spied> map = filled(10);
        onRead = () -> {
            throw new AssertionError("callers' own");
        };
        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> map.put(new Spied(1), new Spied(3)))
                .withMessage("callers' own");
        assertHolds(map, 10);
    }

    @Test
    void aWriterMayGrowTheMapItWritesFor() {
        MemMap<Spied, Spied> map = filled(10);
        onWrite = () -> addUpTo(map, 1000);
        map.put(new Spied(5), new Spied(50));
        assertHolds(map, 1000);
        onWrite = () -> map.delete(new Spied(5));
        assertThat(map.get(new Spied(5))).as("looked up after it is written").isNull();
        onWrite = () -> map.put(new Spied(5), new Spied(1));
        map.put(new Spied(5), new Spied(50));
        assertHolds(map, 1000);
    }

    @Test
    void aReaderMayRemoveOrReplaceWhatIsRead() {
        MemMap<Spied, Spied> map = filled(10);
        onRead = () -> map.delete(new Spied(3));
        assertThat(map.get(new Spied(3))).isEqualTo(new Spied(30));
        assertThat(map.containsKey(new Spied(3))).isFalse();
        onRead = () -> map.set(new Spied(4), new Spied(-4));
        assertThat(map.put(new Spied(4), new Spied(40))).isEqualTo(new Spied(40));
        onRead = () -> addUpTo(map, 1000);
        assertThat(map.remove(new Spied(5))).isEqualTo(new Spied(50));
        map.put(new Spied(3), new Spied(30));
        map.put(new Spied(5), new Spied(50));
        assertHolds(map, 1000);
    }

    /** The chain whose keys are being read is in another place when the reader returns. */
    @ParameterizedTest(name = "at read {0}")
    @ValueSource(ints = {0, 1, 2, 3, 5, 8, 13, 21, 34, 55})
    void aReaderMayGrowTheMapThatIsWalkedAndEveryEntryIsProducedOnce(int reads) {
        for (int attempt = 0; attempt < 5; attempt++) {
            MemMap<Spied, Spied> map = filled(80);
            readsBefore = reads;
            onRead = () -> addUpTo(map, 2000);
            assertThat(walk(map))
                    .doesNotHaveDuplicates()
                    .containsAll(IntStream.range(0, 80).boxed().toList());
            assertHolds(map, 2000);
            map.free();
        }
    }

    @ParameterizedTest(name = "at read {0}")
    @ValueSource(ints = {0, 1, 2, 3, 5, 8, 13, 21, 34, 55})
    void aReaderMayClearOrFreeTheMapThatIsWalked(int reads) {
        for (Runnable end : List.<Runnable>of(() -> walked.clear(), () -> walked.free())) {
            walked = filled(80);
            readsBefore = reads;
            onRead = end;
            assertThat(walk(walked)).hasSizeLessThanOrEqualTo(reads + 1).doesNotHaveDuplicates();
            assertThat(walked.isEmpty()).isTrue();
            walked.check();
        }
    }

    // ------------------------------------------------------------------------------------------------------------

    private MemMap<Spied, Spied> filled(int count) {
        MemMap<Spied, Spied> map = make(numbers, numbers);
        addUpTo(map, count);
        return map;
    }

    private static void addUpTo(MemMap<Spied, Spied> map, int end) {
        for (int n = (int) map.size(); n < end; n++) {
            map.set(new Spied(n), new Spied(10 * n));
        }
    }

    private static List<Integer> walk(MemMap<Spied, Spied> map) {
        List<Integer> produced = new ArrayList<>();
        map.forEach((key, value) -> {
            assertThat(value.n).isEqualTo(10 * key.n);
            produced.add(key.n);
        });
        return produced;
    }

    private static void assertHolds(MemMap<Spied, Spied> map, int count) {
        map.check();
        assertThat(map.size()).isEqualTo(count);
        for (int n = 0; n < count; n++) {
            assertThat(map.get(new Spied(n))).isEqualTo(new Spied(10 * n));
        }
    }
}
