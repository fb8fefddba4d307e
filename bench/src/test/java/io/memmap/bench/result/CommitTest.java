package io.memmap.bench.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests how a result names its commit. */
final class CommitTest {
    @TempDir
    private Path checkout;

    private String git(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(
                List.of("git", "-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"));
        command.addAll(List.of(arguments));
        Process git = new ProcessBuilder(command)
                .directory(checkout.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(git.waitFor()).as(output).isZero();
        return output.strip();
    }

    private String commitASource() throws IOException, InterruptedException {
        git("init", "-q");
        Files.writeString(checkout.resolve("Source.java"), "class Source {}\n");
        git("add", "Source.java");
        git("commit", "-q", "-m", "Add a source");
        return git("rev-parse", "HEAD");
    }

    @Test
    void aCleanCheckoutIsNamedByItsCommit() throws Exception {
        assertThat(Commit.of(checkout)).isEqualTo(Commit.NOT_RECORDED);
        String id = commitASource();
        assertThat(Commit.of(checkout)).isEqualTo(id + ", clean");
    }

    @Test
    void aChangedOrNewSourceIsAnUncommittedChange() throws Exception {
        String id = commitASource();
        Path added = Files.writeString(checkout.resolve("New.java"), "class New {}\n");
        assertThat(Commit.of(checkout)).isEqualTo(id + ", with uncommitted changes");
        Files.delete(added);
        Files.writeString(checkout.resolve("Source.java"), "final class Source {}\n");
        assertThat(Commit.of(checkout)).isEqualTo(id + ", with uncommitted changes");
    }

    @Test
    void aNewResultIsNoChange() throws Exception {
        String id = commitASource();
        Path results = Files.createDirectories(checkout.resolve("bench").resolve("results"));
        Files.writeString(results.resolve("2026-01-01.json"), "{}");
        assertThat(Commit.of(checkout)).isEqualTo(id + ", clean");
    }

    @Test
    void aDirectoryWithinAnotherCheckoutIsNotRecorded() throws Exception {
        commitASource();
        Path unpacked = Files.createDirectories(checkout.resolve("unpacked"));
        assertThat(Commit.of(unpacked)).isEqualTo(Commit.NOT_RECORDED);
    }
}
