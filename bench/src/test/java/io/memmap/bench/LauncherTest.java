package io.memmap.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Tests the script that builds and starts {@code bench/run} and {@code stress/run}, in a checkout
 * without sources. A script stands in for Maven, and javac for the program.
 */
final class LauncherTest {
    private static final Path LAUNCHER = Path.of("..", ".mvn", "launch");
    private static final String BUILD = """
        #!/usr/bin/env bash
        echo '[INFO] Scanning for projects...'
        echo '[INFO] Building memmap 0.1.0-SNAPSHOT                                 [1/2]'
        echo '[INFO] --- compiler:3.16.0:compile (default-compile) @ memmap ---'
        echo '[INFO] Building memmap bench 0.1.0-SNAPSHOT                           [2/2]'
        mkdir -p bench/target/classes bench/target/lib
        """;

    @TempDir
    private Path checkout;

    private String out = "";
    private String err = "";

    @BeforeEach
    void makeACheckout() throws IOException {
        permit(checkout, "rwxr-xr-x");
        Path maven = Files.createDirectories(checkout.resolve(".mvn"));
        permit(Files.copy(LAUNCHER, maven.resolve("launch")), "rwxr-xr-x");
        Files.createFile(checkout.resolve("pom.xml"));
        for (String module : List.of("memmap", "memmap/adapters/observer", "unsafe-compat", "bench")) {
            Files.createDirectories(checkout.resolve(module).resolve("src"));
            Files.createFile(checkout.resolve(module).resolve("pom.xml"));
        }
        Files.createDirectories(checkout.resolve("bin"));
        maven(BUILD);
    }

    /** Lets the directory be deleted. */
    @AfterEach
    void permitAll() throws IOException {
        permit(checkout.resolve("bench/target"), "rwxr-xr-x");
        permit(checkout.resolve("bench/target/classes"), "rwxr-xr-x");
    }

    private void maven(String script) throws IOException {
        permit(Files.writeString(checkout.resolve("bin").resolve("mvn"), script), "rwxr-xr-x");
    }

    private static void permit(Path file, String permissions) throws IOException {
        if (Files.exists(file)) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
        }
    }

    /** Runs the program and returns its exit code. */
    private int run(String... user) throws IOException, InterruptedException {
        Path errors = Files.createTempFile("launcher", ".err");
        List<String> command = new ArrayList<>(List.of(user));
        command.addAll(List.of(
                checkout.resolve(".mvn").resolve("launch").toString(),
                "bench",
                "com.sun.tools.javac.Main",
                "--version"));
        ProcessBuilder builder =
                new ProcessBuilder(command).directory(Path.of("/").toFile()).redirectError(errors.toFile());
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.environment().merge("PATH", checkout.resolve("bin").toString(), (path, bin) -> bin + ":" + path);
        Process program = builder.start();
        out = new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        int exitCode = program.waitFor();
        err = Files.readString(errors);
        Files.delete(errors);
        return exitCode;
    }

    /** Runs the program as a user who is not root, because root may read and write everything. */
    private int runWithoutRoot() throws IOException, InterruptedException {
        return System.getProperty("user.name").equals("root")
                ? run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
                : run();
    }

    /** Takes the right to write from all users but root. */
    private void makeReadOnly() throws IOException {
        try (Stream<Path> files = Files.walk(checkout)) {
            for (Path directory : files.filter(Files::isDirectory).toList()) {
                permit(directory, "r-xr-xr-x");
            }
        }
    }

    @Test
    void theFirstBuildShowsEachModule() throws Exception {
        assertThat(run()).as(err).isZero();
        assertThat(err.lines())
                .hasSize(3)
                .contains("bench/run: module 1 of 2, memmap", "bench/run: module 2 of 2, memmap bench");
        assertThat(out).startsWith("javac ");
        assertThat(run()).isZero();
        assertThat(err).isEmpty();
    }

    @Test
    void aFailedBuildShowsTheErrorsOfMaven() throws Exception {
        maven(BUILD
                + "echo '[ERROR] Main.java:[3,1] no class'\necho '  symbol: X'\necho '[INFO] Total time'\nexit 1\n");
        assertThat(run()).isEqualTo(1);
        assertThat(err)
                .contains("[ERROR] Main.java:[3,1] no class\n  symbol: X\nbench/run: the build failed")
                .doesNotContain("[INFO]");
        assertThat(out).isEmpty();
        assertThat(checkout.resolve("bench/target/build-for-run.log")).content().contains("[INFO] Total time");
    }

    @Test
    void theBuildOfAnotherUserRuns() throws Exception {
        assertThat(run()).isZero();
        makeReadOnly();
        assertThat(runWithoutRoot()).as(err).isZero();
        assertThat(out).startsWith("javac ");
        assertThat(err).isEmpty();
    }

    @Test
    void aUserWhoMayNotBuildIsToldInOneLine() throws Exception {
        makeReadOnly();
        assertThat(runWithoutRoot()).isEqualTo(1);
        assertThat(err)
                .startsWith("bench/run: nothing is built yet, and ")
                .contains(" may not write to " + checkout.resolve("memmap") + ": run it once as the owner")
                .hasLineCount(1);
    }

    @Test
    void aUserWhoMayNotReadTheBuildIsToldInOneLine() throws Exception {
        assertThat(run()).isZero();
        permit(checkout.resolve("bench/target/classes"), "---------");
        assertThat(runWithoutRoot()).isEqualTo(1);
        assertThat(err)
                .startsWith("bench/run: ")
                .contains(" may not read the build in " + checkout.resolve("bench/target/classes") + ": ")
                .hasLineCount(1);
    }
}
