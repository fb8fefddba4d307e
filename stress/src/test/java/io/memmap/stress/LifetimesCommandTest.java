package io.memmap.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class LifetimesCommandTest {
    @TempDir
    private Path directory;

    @Test
    void memoryEndsDuringUseByThreadsInEveryMode() {
        CommandRun run = CommandRun.stress("lifetimes", "--seconds", "4", "--seed", "7");
        assertThat(run.err()).doesNotContain("stress/run");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("seed 7", "crashes", "default", "C1 only", "C2 only", "interpreter");
    }

    @Test
    void aCrashIsCountedAndItsReportIsNamed() {
        CommandRun run = runWith(Crashing.class);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("died with exit code 1; crash reports [hs_err_");
        assertThat(run.out()).containsPattern("default +0 +1 ");
    }

    @Test
    void aWrongValueFoundByAJvmFails() {
        CommandRun run = runWith(Complaining.class);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("default: key 1 had 2");
        assertThat(run.out()).containsPattern("default +9 +0 +1 ");
    }

    @Test
    void leakedBytesAndGrowingMemoryAreNotGood() {
        assertThat(new LifetimeFigures(1, 0, 5, 0, 0, 0).isGood()).isTrue();
        assertThat(new LifetimeFigures(1, 0, 0, 16, 0, 0).isGood()).isFalse();
        assertThat(new LifetimeFigures(1, 0, 0, 0, 0, 64L << 20).isGood()).isFalse();
        assertThat(new LifetimeFigures(0, 0, 0, 0, 0, 0).isGood()).isFalse();
    }

    @Test
    void unknownOptionsAreRefused() {
        assertThat(CommandRun.stress("lifetimes", "--fast").exitCode()).isEqualTo(2);
    }

    private CommandRun runWith(Class<?> child) {
        return CommandRun.of(new CommandLine(new LifetimesCommand(child, directory)), "--seconds", "1");
    }

    /** A program whose JVM crashes because of a wild pointer. */
    static final class Crashing {
        @SuppressWarnings("restricted")
        public static void main(String[] args) {
            MemorySegment.ofAddress(8).reinterpret(8).set(ValueLayout.JAVA_LONG, 0, 1);
        }
    }

    /** A program that has found a wrong value. */
    static final class Complaining {
        public static void main(String[] args) {
            System.out.println("key 1 had 2");
            System.out.println(new LifetimeFigures(9, 1, 0, 0, 0, 0).line());
        }
    }
}
