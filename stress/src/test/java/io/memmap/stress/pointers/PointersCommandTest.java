package io.memmap.stress.pointers;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.stress.CommandRun;
import io.memmap.stress.pointers.Outcome.Kind;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

class PointersCommandTest {
    @ParameterizedTest
    @EnumSource
    void memmapAnswersCorrectlyOrRefuses(Misuse misuse) {
        assertThat(PointersChild.run(misuse, Way.MEMMAP)).matches(Outcome::isSafe, "is safe");
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"OTHER_TYPE", "OTHER_THREAD", "TORN_HEADER", "TORN_UNDER_A_HANDLE"})
    void checkedMemoryRefusesAddressesOutsideBlocks(Misuse misuse) {
        assertThat(PointersChild.run(misuse, Way.CHECKED))
                .returns(Kind.EXCEPTION, Outcome::kind)
                .matches(outcome -> outcome.text().startsWith("MemoryMisuseException: "));
    }

    @Test
    void everyMisuseRunsInItsOwnJvmInEachWay() {
        CommandRun run = CommandRun.stress("pointers", "--misuse", "CLOSED");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .containsPattern("closed heap +memmap +exception +IllegalStateException: Already closed")
                .containsPattern("closed heap +checked UnsafeMemory +exception +MemoryMisuseException: ")
                .containsPattern("closed heap +sun.misc.Unsafe +death +exit code 1, SIGSEGV");
    }

    @Test
    void aSignalFromTheCLibraryCountsAsADeath() {
        CommandRun run = CommandRun.stress("pointers", "--misuse", "DOUBLE_FREE", "--through", "RAW", "--markdown");
        assertThat(run.out())
                .containsPattern("\\| a block freed twice \\| sun.misc.Unsafe \\| death \\| exit code 134");
    }

    @Test
    void outcomesThatMemmapMustNotHaveFail() {
        assertThat(runWith(Crashing.class).err()).contains("memmap: a wild pointer: death: exit code 1, SIGSEGV");
        assertThat(runWith(Ending.class).err()).contains("memmap: a wild pointer: death: exit code 7");
        assertThat(runWith(Silent.class).err()).contains("memmap: a wild pointer: death: exit code 0");
        assertThat(runWith(Garbage.class).err()).contains("memmap: a wild pointer: silent garbage: 1, not 2");
        assertThat(runWith(Garbage.class).exitCode()).isEqualTo(1);
    }

    @Test
    void anOutcomeFollowsFromTheOutputAndTheExitCode() {
        Outcome value = Outcome.value(7);
        assertThat(Outcome.of(0, List.of("noise", value.line()), Optional.empty()))
                .isEqualTo(value);
        Outcome refused = Outcome.exception(new IllegalStateException("two\nlines"));
        assertThat(refused.text()).isEqualTo("IllegalStateException: two");
        assertThat(Outcome.of(0, List.of(refused.line()), Optional.empty())).isEqualTo(refused);
        assertThat(Outcome.of(139, List.of(value.line()), Optional.empty()).text())
                .isEqualTo("exit code 139, signal 11: " + value.line());
        assertThat(Outcome.of(0, List.of(value.line(), value.line()), Optional.empty())
                        .kind())
                .isEqualTo(Kind.DEATH);
        assertThat(Outcome.garbage("").isSafe() || new Outcome(Kind.DEATH, "").isSafe())
                .isFalse();
    }

    @Test
    void unknownNamesAreRefused() {
        assertThat(CommandRun.stress("pointers", "--misuse", "SLOW").exitCode()).isEqualTo(2);
        assertThat(CommandRun.stress("pointers", "--fast").exitCode()).isEqualTo(2);
    }

    private static CommandRun runWith(Class<?> child) {
        return CommandRun.of(new CommandLine(new PointersCommand(child)), "--misuse", "WILD", "--through", "MEMMAP");
    }

    /** A program whose JVM crashes because of a null pointer. */
    static final class Crashing {
        public static void main(String[] args) {
            new RawAddresses().getLong(8);
        }
    }

    /** A program that ends before it prints anything. */
    static final class Ending {
        public static void main(String[] args) {
            System.exit(7);
        }
    }

    /** A program that prints nothing. */
    static final class Silent {
        public static void main(String[] args) {}
    }

    /** A program with a wrong answer. */
    static final class Garbage {
        public static void main(String[] args) {
            System.out.println(Outcome.garbage("1, not 2").line());
        }
    }
}
