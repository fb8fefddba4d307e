package io.memmap.bench.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.bench.child.ChildFailure;
import io.memmap.bench.child.ChildOutcome;
import io.memmap.bench.child.CountContender;
import io.memmap.bench.child.CountFigures;
import io.memmap.bench.child.Figures;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class CountJobTest {
    private final Map<CountContender, ChildOutcome> outcomes = new EnumMap<>(CountContender.class);

    CountJobTest() {
        for (CountContender contender : CountContender.values()) {
            Figures figures = new Figures();
            figures.put(CountFigures.TOTAL, 100);
            figures.put(CountFigures.DISTINCT, 50);
            figures.put(CountFigures.DIGEST, -7);
            outcomes.put(contender, new ChildOutcome(figures, Optional.empty()));
        }
    }

    private void memmapHas(String figure, long value) {
        outcomes.get(CountContender.MEMMAP).figures().put(figure, value);
    }

    @Test
    void equalCountsPass() {
        assertThat(CountJob.failures(outcomes)).isEmpty();
    }

    @Test
    void anotherDigestIsAMismatch() {
        memmapHas(CountFigures.DIGEST, 7);
        assertThat(CountJob.failures(outcomes))
                .containsExactly("MISMATCH: the maps differ in digest: HashMap has -7, LongLongMap 7");
    }

    @Test
    void anotherSizeIsAMismatch() {
        memmapHas(CountFigures.DISTINCT, 51);
        assertThat(CountJob.failures(outcomes))
                .containsExactly("MISMATCH: the maps differ in distinct: HashMap has 50, LongLongMap 51");
    }

    @Test
    void aMissingFigureIsAMismatch() {
        outcomes.put(CountContender.MEMMAP, new ChildOutcome(new Figures(), Optional.empty()));
        assertThat(CountJob.failures(outcomes)).hasSize(3).last().asString().endsWith("LongLongMap none");
    }

    @Test
    void aFailedContenderIsNamed() {
        outcomes.put(
                CountContender.HASH_MAP, new ChildOutcome(new Figures(), Optional.of(new ChildFailure("was killed"))));
        assertThat(CountJob.failures(outcomes)).containsExactly("HashMap<Long, Long> was killed");
    }
}
