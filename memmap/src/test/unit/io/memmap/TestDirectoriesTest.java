package io.memmap;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pom lists all directories of tests, so the build leaves no test out. */
class TestDirectoriesTest {
    private static final Path TESTS = Path.of("src/test");

    @Test
    void mavenCompilesEveryJavaFileOfTheTests() throws IOException {
        List<Path> sources;
        try (Stream<Path> files = Files.walk(TESTS)) {
            sources = files.filter(file -> file.toString().endsWith(".java")).toList();
        }
        for (Path source : sources) {
            // The first name is that of the directory, such as unit or property.
            Path inDirectory = TESTS.relativize(source);
            String className = inDirectory
                    .subpath(1, inDirectory.getNameCount())
                    .toString()
                    .replaceFirst("\\.java$", "")
                    .replace('/', '.');
            assertThatCode(() -> Class.forName(className, false, getClass().getClassLoader()))
                    .as("%s is not compiled: memmap/pom.xml must name its directory", source)
                    .doesNotThrowAnyException();
        }
    }
}
