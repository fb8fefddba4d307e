package io.memmap.unsafe;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.unsafe.OldCode.On;
import io.memmap.unsafe.OldCode.Ring;
import io.memmap.unsafe.OldCode.Table;
import io.memmap.unsafe.OldCode.Text;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Off-heap data structures that were written for sun.misc.Unsafe. They run on Unsafe and, after
 * they were moved over, on both modes of UnsafeMemory.
 */
class MovedCodeTest {
    private static final int PRODUCERS = 3;
    private static final int VALUES_EACH = 2000;

    record Step(long key, long value) {}

    @Property(tries = 100)
    void aHashTableWrittenForUnsafeWorks(@ForAll On on, @ForAll("steps") List<Step> steps) {
        Table table = OldCode.on(on, Table.class, "OpenAddressingTable");
        Map<Long, Long> model = new HashMap<>();
        for (Step step : steps) {
            assertThat(table.get(step.key)).isEqualTo(model.getOrDefault(step.key, 0L));
            if (step.value == 0) {
                assertThat(table.remove(step.key)).isEqualTo(model.remove(step.key) != null);
            } else {
                Long previous = model.put(step.key, step.value);
                assertThat(table.put(step.key, step.value)).isEqualTo(previous == null ? 0 : previous);
            }
            assertThat(table.size()).isEqualTo(model.size());
        }
        model.forEach((key, value) -> assertThat(table.get(key)).isEqualTo(value));
        table.free();
    }

    @Provide
    Arbitrary<List<Step>> steps() {
        return Combinators.combine(
                        Arbitraries.longs().between(0, 60), Arbitraries.longs().between(0, 3))
                .as(Step::new)
                .list()
                .ofMaxSize(300);
    }

    @Property(tries = 100)
    void aGrowingListWrittenForUnsafeWorks(@ForAll On on, @ForAll @Size(max = 50) List<byte[]> strings) {
        Text text = OldCode.on(on, Text.class, "GrowingText");
        List<Long> positions = new ArrayList<>();
        strings.forEach(string -> positions.add(text.append(string)));
        for (int i = 0; i < strings.size(); i++) {
            assertThat(text.at(positions.get(i))).isEqualTo(strings.get(i));
        }
        text.free();
    }

    @ParameterizedTest
    @EnumSource
    void aRingBufferWrittenForUnsafeWorks(On on) {
        Ring ring = OldCode.on(on, Ring.class, "SequencedRing");
        List<CompletableFuture<Void>> producers = new ArrayList<>();
        for (int producer = 0; producer < PRODUCERS; producer++) {
            long first = (long) producer * VALUES_EACH;
            producers.add(CompletableFuture.runAsync(() -> {
                for (long value = first; value < first + VALUES_EACH; value++) {
                    while (!ring.offer(value)) {
                        Thread.onSpinWait();
                    }
                }
            }));
        }
        long[] next = new long[PRODUCERS];
        for (int taken = 0; taken < PRODUCERS * VALUES_EACH; ) {
            long value = ring.poll();
            if (value != Ring.EMPTY) {
                int producer = (int) (value / VALUES_EACH);
                assertThat(value % VALUES_EACH)
                        .as("the values of a producer arrive in order")
                        .isEqualTo(next[producer]++);
                taken++;
            } else {
                assertThat(producers).noneMatch(CompletableFuture::isCompletedExceptionally);
            }
        }
        assertThat(ring.poll()).isEqualTo(Ring.EMPTY);
        ring.free();
    }

    @Test
    void memoryThatMovedCodeFreesIsNoLeak() {
        try (CheckedMemory memory = UnsafeMemory.checked()) {
            Table table = OldCode.on(memory, Table.class, "OpenAddressingTable");
            table.put(1, 2);
            assertThat(memory.liveBlocks())
                    .hasSize(2)
                    .allSatisfy(block ->
                            assertThat(block.site().getFirst().getClassName()).isEqualTo("OpenAddressingTable"));
            table.free();
            assertThat(memory.liveBlocks()).isEmpty();
        }
    }
}
