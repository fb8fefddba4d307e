package io.memmap.stress.soak;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class SoakCommandTest {
    private record Run(int exitCode, String out, String err) {}

    private static Run run(Class<?> child, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine command = new CommandLine(new SoakCommand(child))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err));
        return new Run(command.execute(arguments), out.toString(), err.toString());
    }

    @Test
    @Tag("slow")
    void countsAreExactAfterARebalance() {
        Run run = run(SoakChild.class, "--minutes", "0", "--every", "5", "--seed", "7");
        assertThat(run.exitCode).as(run.err).isZero();
        assertThat(run.out)
                .startsWith("seed 7\n")
                .containsPattern("(?m)^ +\\d+ s +1 +[0-9,]+ +[0-9,.]+ MiB$")
                .contains("all counts are exact\ntoo few samples to judge the memory: 0 after the warm-up");
    }

    @Test
    void growingMemoryFails() {
        Run run = run(Growing.class);
        assertThat(run.exitCode).isEqualTo(1);
        assertThat(run.out).contains("all counts are exact\n", "a growth of 900.0% at most; 5% are allowed");
    }

    @Test
    void aJvmWhoseCountsAreNotExactFails() {
        Run run = run(Wrong.class);
        assertThat(run.exitCode).isEqualTo(1);
        assertThat(run.out).doesNotContain("exact");
        assertThat(run.err).contains("the counts are wrong", "stress/run: the soak ended with exit code 1 before");
    }

    @Test
    void wrongOptionsAreRefused() {
        assertThat(run(Wrong.class, "--minutes", "-1"))
                .returns(2, Run::exitCode)
                .extracting(Run::err)
                .asString()
                .contains("--minutes must be 0..10000: -1");
        assertThat(run(Wrong.class, "--every", "4").err).contains("--every must be 5..600000: 4");
        assertThat(run(Wrong.class, "--fast")).returns(2, Run::exitCode);
    }

    /** A program whose resident memory grows. */
    static final class Growing {
        public static void main(String[] arguments) {
            for (int i = 0; i < 10; i++) {
                System.out.println(new Sample(60L * i, i, 1000L * i, 1 << 20).line());
            }
            System.out.println(new Sample(600, 10, 10_000, 10 << 20).line());
            System.out.println(SoakChild.EXACT);
        }
    }

    /** A program that has lost a record. */
    static final class Wrong {
        public static void main(String[] arguments) {
            System.out.println("the counts are wrong");
            System.exit(1);
        }
    }
}
