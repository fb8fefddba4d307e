package io.memmap.bench.job;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ScheduleTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void theRemainingTimeFollowsFromThePaceSoFar() {
        Schedule schedule = new Schedule(100, 5 * SECOND);
        schedule.done(25);
        assertThat(schedule.describe(15 * SECOND)).isEqualTo("25%, 30 s left");
        assertThat(schedule.nanosFor(50, 15 * SECOND)).isEqualTo(20e9);
        schedule.done(75);
        assertThat(schedule.describe(115 * SECOND)).isEqualTo("100%, 0 s left");
    }

    /** Steps that are faster than they were expected to be leave time for more of them. */
    @Test
    void whatIsLeftIsCorrectedWhileTheStepsRun() {
        Schedule schedule = new Schedule(100, 0);
        schedule.done(100);
        assertThat(schedule.doneWeight()).isEqualTo(100);
        schedule.left(50);
        assertThat(schedule.describe(40 * SECOND)).isEqualTo("67%, 20 s left");
    }

    @Test
    void aUnitOfWeightCountsAsASecondBeforeAnythingIsDone() {
        assertThat(new Schedule(600, 0).describe(0)).isEqualTo("0%, 10 min left");
    }
}
