package io.memmap.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tells from a directory like /proc whether a process will go on. */
class WriterProcessTest {
    private static final long START = 0x1_2345_6789L;
    private static final long WORD = 0x2345_6789L << 32 | 77;

    private static final int RUNS = 0;
    private static final int EXITING = 0x4;
    private static final String NONE = "0000000000000000";
    private static final String KILLED = "0000000000000100";
    private static final String TERMINATED = "0000000000004000";

    @TempDir
    private Path processes;

    private void thread(Path place, String state, int flags, String pending) throws IOException {
        Files.createDirectories(place);
        Files.writeString(
                place.resolve("stat"),
                "77 (a ) name) " + state + " 1 77 77 0 -1 " + (0x400000 | flags) + " 5 0 0 0 1 2 0 0 20 0 2 0 " + START
                        + " 1000 10\n");
        Files.writeString(place.resolve("status"), "Name:\ta\nSigPnd:\t" + pending + "\nShdPnd:\t" + KILLED + "\n");
    }

    private boolean isEnding(String state, int flags, String pending) throws IOException {
        Path process = processes.resolve("77");
        thread(process, state, flags, pending);
        thread(process.resolve("task/77"), state, flags, pending);
        return WriterProcess.isEnding(processes, WORD);
    }

    @Test
    void aProcessThatIsKilledWillNotGoOn() throws IOException {
        thread(processes.resolve("77/task/78"), "S", RUNS, KILLED);
        assertThat(isEnding("S", RUNS, KILLED)).isTrue();
        assertThat(isEnding("R", EXITING, NONE)).isTrue();
        thread(processes.resolve("77/task/78"), "R", EXITING, NONE);
        assertThat(isEnding("Z", EXITING, NONE)).isTrue();
    }

    @Test
    void aProcessThatRunsWillGoOn() throws IOException {
        assertThat(isEnding("R", RUNS, NONE)).isFalse();
        assertThat(isEnding("S", RUNS, TERMINATED)).isFalse();
    }

    @Test
    void aProcessGoesOnWithoutItsFirstThread() throws IOException {
        thread(processes.resolve("77/task/78"), "S", RUNS, NONE);
        assertThat(isEnding("Z", EXITING, NONE)).isFalse();
    }

    /** It has released its locks, so who has the lock is another process. */
    @Test
    void aProcessThatHasEndedIsNotEnding() throws IOException {
        assertThat(isEnding("Z", EXITING, NONE)).isFalse();
    }

    @Test
    void anotherProcessWithTheSameIdIsNotTheWriter() throws IOException {
        assertThat(isEnding("R", EXITING, NONE)).isTrue();
        assertThat(WriterProcess.isEnding(processes, WORD + (1L << 32))).isFalse();
        assertThat(WriterProcess.isEnding(processes, WORD + 1)).isFalse();
    }

    @Test
    void aDirectoryThatCannotBeReadSaysNothing() throws IOException {
        assertThat(isEnding("R", EXITING, NONE)).isTrue();
        Files.writeString(processes.resolve("77/stat"), "");
        assertThat(WriterProcess.isEnding(processes, WORD)).isFalse();
    }

    @Test
    void thisProcessRuns() throws IOException {
        long word = WriterProcess.self();
        assertThat(WriterProcess.pid(word)).isEqualTo(ProcessHandle.current().pid());
        assertThat(WriterProcess.isEnding(word)).isFalse();
    }
}
