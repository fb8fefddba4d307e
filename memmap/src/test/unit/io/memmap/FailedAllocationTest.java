package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.FaultSubjects.Subject;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** An operation has no effect if its n-th allocation fails. The test tries each n. */
@Tag("slow")
class FailedAllocationTest {
    private static final int OPERATIONS = 1500;

    static Set<String> subjects() {
        return FaultSubjects.subjects().keySet();
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void anOperationWhoseAllocationFailsHasNoEffect(String name) {
        Subject subject = FaultSubjects.subjects().get(name).get();
        Random random = new Random(name.hashCode());
        Map<Long, Long> model = new HashMap<>();
        int failures = 0;
        for (int i = 0; i < OPERATIONS; i++) {
            int operation = random.nextInt(100);
            long key = random.nextInt(FaultSubjects.KEYS);
            long value = random.nextInt(1, 1000);
            for (int n = 1; !attempt(subject, n, operation, key, value, model); n++) {
                failures++;
            }
        }
        assertThat(failures).isPositive();
        subject.heap().close();
    }

    /**
     * Runs an operation whose n-th allocation fails. Returns whether the operation succeeded
     * nevertheless.
     */
    private static boolean attempt(Subject subject, int n, int operation, long key, long value, Map<Long, Long> model) {
        Map<Long, Long> before = new HashMap<>(model);
        boolean done = false;
        subject.heap().failAllocation(n);
        try {
            subject.run(operation, key, value);
            done = true;
        } catch (HeapExhaustedException injected) {
            // the operation had no effect
        } finally {
            subject.heap().failAllocation(0);
        }
        FaultSubjects.compare(subject, operation, key, value, done, before, model);
        return done;
    }
}
