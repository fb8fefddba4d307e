package io.memmap.bench.result;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The commit whose sources are measured. */
public final class Commit {
    /** The commit in a result that does not name it. */
    public static final String NOT_RECORDED = "not recorded";

    private static final String ID = "# branch.oid ";

    private Commit() {}

    /** Returns a commit that was read from a result, which may not name it. */
    static String orNotRecorded(@Nullable String commit) {
        return commit == null ? NOT_RECORDED : commit;
    }

    /**
     * Returns the commit of this project's checkout: its number, and whether the checkout is clean.
     * The launcher builds all changes before a program starts, so this is also the commit of the
     * program.
     */
    public static String here() {
        return of(Results.root());
    }

    /**
     * Returns the commit of a checkout. It is clean if it has no uncommitted change outside
     * {@code bench/results}. Returns {@link #NOT_RECORDED} if the directory is not a checkout, or if
     * there is no git.
     */
    static String of(Path checkout) {
        if (!Files.exists(checkout.resolve(".git"))) {
            return NOT_RECORDED; // git would ask the directories above
        }
        List<String> lines = statusLines(checkout);
        return lines.stream()
                .filter(line -> line.startsWith(ID))
                .findFirst()
                .map(line -> line.substring(ID.length())
                        + (lines.stream().allMatch(each -> each.startsWith("#"))
                                ? ", clean"
                                : ", with uncommitted changes"))
                .orElse(NOT_RECORDED);
    }

    /** Returns lines about the commit, which begin with #, and a line for each change. */
    private static List<String> statusLines(Path checkout) {
        try {
            // Git distrusts the checkout of another user, unless it is told not to.
            Process git = new ProcessBuilder(
                            "git",
                            "-c",
                            "safe.directory=*",
                            "--no-optional-locks",
                            "status",
                            "--porcelain=v2",
                            "--branch",
                            "--",
                            ".",
                            ":!bench/results")
                    .directory(checkout.toAbsolutePath().toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            List<String> lines = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            return git.waitFor() == 0 ? lines : List.of();
        } catch (IOException noGit) {
            return List.of();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return List.of();
        }
    }
}
