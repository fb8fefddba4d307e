package io.memmap.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class HistoriesCommandTest {
    private static final int CALLS_BEFORE = 10_000;

    @Test
    void soundMapsPass() {
        CommandRun run = CommandRun.stress("histories", "--seconds", "1", "--threads", "3", "--seed", "7");
        assertThat(run.err()).doesNotContain("stress/run");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .contains("3 threads, seed 7", "SyncLongLongMap", "SyncMap<String, String>")
                .contains("SyncMap<Fixed, Varied>", "SyncMap<Varied, Fixed>", "SyncMap<Long, MemorySegment>")
                .contains("MemMap<String, String>", "MemMap<Fixed, Varied>", "MemMap<Long, MemorySegment>")
                .contains("  SyncLongStructMap", "  LongStructMap")
                .containsPattern("bytes in use at end +0\n")
                .containsPattern("errors +0\n");
    }

    @Test
    void aLostWriteFails() {
        assertThat(errorsOf("put", 0L)).contains("a write was lost or done twice");
    }

    @Test
    void aValueOfAnotherKeyFails() {
        assertThat(errorsOf("get", Stamp.of(Stamp.KEYS, 1, 1))).contains("has key " + Stamp.KEYS);
    }

    @Test
    void aTornValueFails() {
        assertThat(errorsOf("putIfAbsent", Stamp.TORN)).contains("a value that no thread has put");
    }

    @Test
    void threadsOutOfRangeAndUnknownOptionsAreRefused() {
        CommandRun none = CommandRun.stress("histories", "--threads", "0");
        assertThat(none.exitCode()).isEqualTo(2);
        assertThat(none.err()).contains("--threads must be 1..64: 0");
        CommandRun short0 = CommandRun.stress("histories", "--seconds", "0");
        assertThat(short0.exitCode()).isEqualTo(2);
        assertThat(short0.err()).contains("--seconds must be 1..1000000: 0");
        assertThat(CommandRun.stress("histories", "--fast").exitCode()).isEqualTo(2);
    }

    /**
     * Runs the command on a map that once does nothing and returns this answer. Returns the errors
     * that the command prints.
     */
    private static String errorsOf(String method, long answer) {
        HistoriesCommand command =
                new HistoriesCommand(heap -> List.of(failingOnce(new LongStamps(heap), method, answer)));
        CommandRun run = CommandRun.of(new CommandLine(command), "--seconds", "2", "--threads", "2");
        assertThat(run.exitCode()).isEqualTo(1);
        return run.err();
    }

    private static StampMap failingOnce(StampMap sound, String failing, long answer) {
        AtomicInteger calls = new AtomicInteger();
        return (StampMap) Proxy.newProxyInstance(
                StampMap.class.getClassLoader(), new Class<?>[] {StampMap.class}, (proxy, method, args) -> {
                    boolean fails = method.getName().equals(failing) && calls.incrementAndGet() == CALLS_BEFORE;
                    return fails ? answer : method.invoke(sound, args);
                });
    }
}
