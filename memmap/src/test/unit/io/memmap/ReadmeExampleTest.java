package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's program is compiled and run as it is written, and prints what its comments say. */
class ReadmeExampleTest {
    private static final Path README = Path.of("../README.md");
    private static final int MOST_LINES = 150;
    private static final Pattern VERSION = Pattern.compile("<version>([^<]*)</version>");

    @Test
    void theReadmesProgramRunsOnTheClassPath(@TempDir Path directory) throws Exception {
        Path classes = compile(directory, "-cp", DocumentedProgram.library());
        String path = DocumentedProgram.library() + File.pathSeparator + classes;
        run("--enable-native-access=ALL-UNNAMED", "-cp", path, "com.example.Hello");
    }

    @Test
    void theReadmesProgramRunsInAModule(@TempDir Path directory) throws Exception {
        assertThat(Files.readString(README)).contains("`requires io.memmap;`");
        Path module = Files.writeString(directory.resolve("module-info.java"), "module hello { requires io.memmap; }");
        Path classes = compile(directory, "-p", DocumentedProgram.library(), module.toString());
        String path = DocumentedProgram.library() + File.pathSeparator + classes;
        run("--enable-native-access=io.memmap", "-p", path, "-m", "hello/com.example.Hello");
    }

    /** Compiles the README's program with these arguments; returns where the classes are. */
    private static Path compile(Path directory, String... arguments) throws IOException {
        Path source = Files.createDirectories(directory.resolve("com/example")).resolve("Hello.java");
        Files.writeString(source, program().source());
        Path classes = directory.resolve("classes");
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("-Xlint:all", "-Werror", "-d", classes.toString(), source.toString()));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        assertThat(compiler.run(null, null, null, all.toArray(String[]::new))).isZero();
        return classes;
    }

    /** Runs the compiled program with a flag that the README names, and checks what it prints. */
    private static void run(String flag, String... arguments) throws IOException, InterruptedException {
        assertThat(Files.readString(README)).contains("`java " + flag + "`");
        program()
                .assertRuns(Stream.concat(Stream.of(flag), Stream.of(arguments)).toArray(String[]::new));
    }

    private static DocumentedProgram program() throws IOException {
        List<DocumentedProgram> programs = DocumentedProgram.in(README);
        assertThat(programs).hasSize(1);
        return programs.getFirst();
    }

    @Test
    void theReadmeIsShortAndNamesTheVersion() throws IOException {
        Matcher version = VERSION.matcher(Files.readString(Path.of("../pom.xml")));
        assertThat(version.find()).isTrue();
        assertThat(Files.readString(README))
                .contains("<artifactId>memmap</artifactId>" + version.group(), "io.memmap:memmap:" + version.group(1));
        assertThat(Files.readAllLines(README)).hasSizeLessThanOrEqualTo(MOST_LINES);
    }
}
