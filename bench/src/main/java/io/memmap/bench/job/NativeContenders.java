package io.memmap.bench.job;

import io.memmap.bench.console.BenchException;
import io.memmap.bench.maps.NativeKind;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The maps of Go and C++ that this machine can build, and the reasons why others cannot be built.
 * Every Go that is found is one contender, named by its version. Programs are built in a temporary
 * directory. Closing removes it.
 */
public final class NativeContenders implements AutoCloseable {
    private static final String GO_SOURCE = "maps.go";
    private static final String CPP_SOURCE = "maps.cpp";
    private static final Pattern GO_VERSION = Pattern.compile("^go version go(\\d+)\\.(\\d+)(\\S*)");
    /** The first version of Go that the comparison with memmap wants. */
    private static final int WANTED_MINOR = 23;

    private static final String ABSL_PACKAGE = "absl_flat_hash_map";
    private static final List<String> COMPILERS = List.of("g++", "c++", "clang++");

    private final Path directory;
    private final List<NativeContender> contenders = new ArrayList<>();
    private final List<String> leftOut = new ArrayList<>();

    private NativeContenders(Path directory) {
        this.directory = directory;
    }

    /**
     * Finds compilers and builds the programs.
     *
     * @param goes further go programs, or their installation directories
     * @param progress receives the name of each contender that is built
     */
    public static NativeContenders build(List<Path> goes, Consumer<String> progress) {
        try {
            NativeContenders built = new NativeContenders(Files.createTempDirectory("bench-native"));
            Runtime.getRuntime().addShutdownHook(new Thread(built::close));
            built.copy(GO_SOURCE);
            built.copy(CPP_SOURCE);
            built.buildGo(goes, progress);
            built.buildCpp(progress);
            return built;
        } catch (IOException failed) {
            throw new BenchException("cannot build the contenders of other languages: " + failed);
        }
    }

    /** Returns the contenders that were built. */
    public List<NativeContender> contenders() {
        return List.copyOf(contenders);
    }

    /** Returns a line for each contender that is missing, with the reason. */
    public List<String> leftOut() {
        return List.copyOf(leftOut);
    }

    private void copy(String source) throws IOException {
        try (InputStream in = NativeContenders.class.getResourceAsStream("native/" + source)) {
            Files.copy(Objects.requireNonNull(in), directory.resolve(source));
        }
    }

    // ------------------------------------------------------------------------------------------ Go

    private void buildGo(List<Path> goes, Consumer<String> progress) throws IOException {
        Map<String, Path> versions = new LinkedHashMap<>();
        boolean wanted = false;
        for (Path go : goes) {
            Path program = Files.isDirectory(go) ? go.resolve("bin").resolve("go") : go;
            String version = goVersion(program)
                    .orElseThrow(() -> new BenchException("--go " + go + " is not a go program and has no bin/go"));
            versions.putIfAbsent(version, program);
        }
        for (Path program : installedGoes()) {
            goVersion(program).ifPresent(version -> versions.putIfAbsent(version, program));
        }
        for (Map.Entry<String, Path> go : versions.entrySet()) {
            String title = NativeKind.GO.prefix() + " " + go.getKey();
            Path program = directory.resolve("maps-go" + go.getKey());
            progress.accept("building " + title);
            ProcessBuilder build =
                    new ProcessBuilder(go.getValue().toString(), "build", "-o", program.toString(), GO_SOURCE);
            build.environment().put("GOTOOLCHAIN", "local"); // do not download another version of Go
            build.environment().put("GOFLAGS", "");
            add(NativeKind.GO, title, program, build);
            wanted |= minor(go.getKey()) >= WANTED_MINOR;
        }
        if (versions.isEmpty()) {
            leftOut.add("Go: there is no go on the PATH; name one with --go");
        } else if (!wanted) {
            leftOut.add("Go 1." + WANTED_MINOR + " or later: the PATH has only " + String.join(", ", versions.keySet())
                    + "; name another with --go");
        }
    }

    /** Returns the go programs on the PATH, of distributions and of golang.org/dl. */
    private static Set<Path> installedGoes() throws IOException {
        Set<Path> found = new LinkedHashSet<>();
        for (Path directory : path()) {
            list(directory, "go", found);
            list(directory, "go1.*", found);
        }
        Set<Path> roots = new LinkedHashSet<>();
        list(Path.of("/usr/lib"), "go-*", roots);
        list(Path.of("/usr/local"), "go*", roots);
        list(Path.of(System.getProperty("user.home"), "sdk"), "go*", roots);
        for (Path root : roots) {
            list(root.resolve("bin"), "go", found);
        }
        return found;
    }

    private static void list(Path directory, String names, Set<Path> found) throws IOException {
        if (Files.isDirectory(directory)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, names)) {
                files.forEach(found::add);
            }
        }
    }

    /**
     * Returns the version that {@code go version} prints, such as 1.23.4; empty if the program is
     * not a go.
     */
    private static Optional<String> goVersion(Path program) {
        if (!Files.isExecutable(program) || Files.isDirectory(program)) {
            return Optional.empty();
        }
        return parseGoVersion(
                output(new ProcessBuilder(program.toString(), "version")).text());
    }

    static Optional<String> parseGoVersion(String text) {
        Matcher version = GO_VERSION.matcher(text);
        return version.find()
                ? Optional.of(version.group(1) + "." + version.group(2) + version.group(3))
                : Optional.empty();
    }

    private static int minor(String version) {
        Matcher matcher = Pattern.compile("^1\\.(\\d+)").matcher(version);
        return matcher.find() ? Integer.parseInt(matcher.group(1)) : WANTED_MINOR;
    }

    // ----------------------------------------------------------------------------------------- C++

    private void buildCpp(Consumer<String> progress) {
        Optional<String> compiler = compiler();
        for (NativeKind kind : NativeKind.values()) {
            if (kind.isGo()) {
                continue;
            }
            if (compiler.isEmpty()) {
                leftOut.add(kind.prefix() + ": there is no C++ compiler ($CXX, " + String.join(", ", COMPILERS) + ")");
                continue;
            }
            progress.accept("building " + kind.prefix());
            Path program = directory.resolve("maps-" + kind);
            ProcessBuilder build = new ProcessBuilder(
                    compiler.get(),
                    "-std=c++17",
                    "-O3",
                    "-march=native",
                    "-D" + kind,
                    CPP_SOURCE,
                    "-o",
                    program.toString());
            if (kind == NativeKind.ABSL) {
                Output flags = output(new ProcessBuilder("pkg-config", "--cflags", "--libs", ABSL_PACKAGE));
                if (flags.exitCode() != 0) {
                    leftOut.add(kind.prefix() + ": pkg-config finds no " + ABSL_PACKAGE);
                    continue;
                }
                build.command().addAll(List.of(flags.text().strip().split("\\s+", -1)));
            }
            add(kind, kind.prefix(), program, build);
        }
    }

    private static Optional<String> compiler() {
        String chosen = System.getenv("CXX");
        if (chosen != null && !chosen.isBlank()) {
            return Optional.of(chosen);
        }
        return COMPILERS.stream()
                .filter(name -> path().stream().anyMatch(each -> Files.isExecutable(each.resolve(name))))
                .findFirst();
    }

    // ---------------------------------------------------------------------------------------- both

    private void add(NativeKind kind, String title, Path program, ProcessBuilder build) {
        build.directory(directory.toFile());
        Output output = output(build);
        if (output.exitCode() == 0) {
            contenders.add(new NativeContender(kind, title, program.toString()));
        } else {
            leftOut.add(title + ": " + complaint(output));
        }
    }

    /** Returns the first line that mentions an error; the last line if no line does. */
    private static String complaint(Output output) {
        return output.text()
                .lines()
                .filter(line -> line.contains("error"))
                .findFirst()
                .or(() -> output.text().lines().reduce((a, b) -> b))
                .orElse("its compiler ended with exit code " + output.exitCode());
    }

    private record Output(int exitCode, String text) {}

    /** Runs a program to its end. The exit code is -1 if it cannot run. */
    private static Output output(ProcessBuilder builder) {
        try {
            Process process = builder.redirectErrorStream(true).start();
            String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Output(process.waitFor(), text);
        } catch (IOException failed) {
            return new Output(-1, String.valueOf(failed.getMessage()));
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BenchException("interrupted");
        }
    }

    private static List<Path> path() {
        String path = System.getenv("PATH");
        return path == null
                ? List.of()
                : List.of(path.split(File.pathSeparator, -1)).stream()
                        .filter(directory -> !directory.isEmpty())
                        .map(Path::of)
                        .toList();
    }

    @Override
    public void close() {
        File[] files = directory.toFile().listFiles();
        for (File file : files == null ? new File[0] : files) {
            file.delete();
        }
        directory.toFile().delete();
    }
}
