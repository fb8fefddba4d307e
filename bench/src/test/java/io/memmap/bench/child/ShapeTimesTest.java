package io.memmap.bench.child;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.LongMap;
import io.memmap.bench.maps.LongMaps;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The loops of all shapes, in this JVM. */
final class ShapeTimesTest {
    private static final int SIZE = 1000;

    private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
    private final Reporter report = new Reporter(new PrintStream(sent, true, StandardCharsets.UTF_8));

    /** A map with a wrong lookup or with wrong writes: by 1. */
    private static final class WrongMap extends LongMap {
        private final LongMap map;
        private final int found;
        private final int written;

        WrongMap(LongMap map, int found, int written) {
            this.map = map;
            this.found = found;
            this.written = written;
        }

        @Override
        public long get(long key) {
            return map.get(key) + found;
        }

        @Override
        public void put(long key, long value) {
            map.put(key, value + written);
        }

        @Override
        public void add(long key, long delta) {
            map.add(key, delta + written);
        }

        @Override
        public void remove(long key) {
            map.remove(key);
        }

        @Override
        public long sumOfAll() {
            return map.sumOfAll();
        }

        @Override
        public void clear() {
            map.clear();
        }

        @Override
        public long size() {
            return map.size();
        }

        @Override
        public void close() {
            map.close();
        }
    }

    private static Stream<Arguments> loops() {
        return Stream.of(Shape.values())
                .flatMap(shape -> Stream.of(ShapeOperation.values()).map(operation -> Arguments.of(shape, operation)));
    }

    @ParameterizedTest
    @EnumSource
    void everyLoopDoesOnAMapWhatItSays(Shape shape) {
        try (LongMaps maps = Contender.MEMMAP_LINE.open(SIZE);
                LongMap map = ShapeTimes.filled(maps, shape.hint(SIZE), SIZE)) {
            ShapeTimes times = new ShapeTimes(shape, map, SIZE);
            for (ShapeOperation operation : ShapeOperation.values()) {
                times.measure(operation, report);
                for (ShapeTimes.TimeMetric metric : ShapeTimes.TimeMetric.values()) {
                    assertThat(sent.toString(StandardCharsets.UTF_8))
                            .containsPattern("@figure " + operation + "\\." + metric + " [0-9]+\n");
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loops")
    void aMapThatAnswersWronglyHasNoFigure(Shape shape, ShapeOperation operation) {
        int written = operation.isWrite() ? 1 : 0;
        try (LongMaps maps = Contender.HPPC.open(SIZE);
                LongMap map = new WrongMap(ShapeTimes.filled(maps, shape.hint(SIZE), SIZE), 1 - written, written)) {
            ShapeTimes times = new ShapeTimes(shape, map, SIZE);
            assertThatThrownBy(() -> times.measure(operation, report)).isInstanceOf(IllegalStateException.class);
            assertThat(sent.size()).isZero();
        }
    }

    @Test
    void eachCopyOfTheLoopsIsAClassOfItsOwn() {
        LoopCopy first = LoopCopy.make();
        LoopCopy second = LoopCopy.make();
        assertThat(first.getClass()).isNotEqualTo(second.getClass());
        assertThat(first.getClass().isHidden()).isTrue();
        assertThat(first.getClass().getPackage()).isEqualTo(ShapeLoops.class.getPackage());
    }
}
