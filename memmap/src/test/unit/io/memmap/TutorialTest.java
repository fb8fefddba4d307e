package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The programs of the tutorial run as they are written, and print what the tutorial says. */
@Tag("slow") // a JVM for each program
class TutorialTest {
    private static final Path TUTORIAL = Path.of("docs/tutorial.md");
    private static final String FLAG = "--enable-native-access=ALL-UNNAMED";
    private static final Pattern NAME = Pattern.compile("// ([A-Z]\\w*\\.java)\n");

    static List<DocumentedProgram> programs() throws IOException {
        return DocumentedProgram.in(TUTORIAL);
    }

    @ParameterizedTest
    @MethodSource("programs")
    void eachProgramPrintsWhatItsCommentsSay(DocumentedProgram program, @TempDir Path directory) throws Exception {
        Matcher name = NAME.matcher(program.source());
        assertThat(name.lookingAt()).as(program.source()).isTrue();
        Path file = Files.writeString(directory.resolve(name.group(1)), program.source());
        program.assertRuns(FLAG, "-cp", DocumentedProgram.library(), file.toString());
    }

    @Test
    void thereIsNoOtherCode() throws IOException {
        String tutorial = Files.readString(TUTORIAL);
        assertThat(tutorial).contains("    java " + FLAG + " -cp memmap/target/memmap-");
        assertThat(tutorial.split("```", -1)).hasSize(2 * programs().size() + 1);
    }
}
