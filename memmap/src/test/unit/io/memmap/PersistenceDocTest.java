package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The page about heaps in files says what the code does. */
class PersistenceDocTest {
    private static final Path PAGE = Path.of("docs/persistence.md");

    static List<DocumentedProgram> programs() throws IOException {
        return DocumentedProgram.in(PAGE);
    }

    @ParameterizedTest
    @MethodSource("programs")
    @Tag("slow") // a JVM
    void aProgramPrintsWhatItsCommentsSay(DocumentedProgram program, @TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve(program.toString().substring(3)), program.source());
        program.assertRuns("--enable-native-access=ALL-UNNAMED", "-cp", DocumentedProgram.library(), file.toString());
    }

    @Test
    void thePageHasThreePrograms() throws IOException {
        assertThat(programs()).hasSize(3);
    }

    @Test
    void theTableHasAllReasons() throws IOException {
        String page = Files.readString(PAGE);
        for (HeapFileException.Reason reason : HeapFileException.Reason.values()) {
            assertThat(page).contains("\n| `" + reason + "` |");
        }
    }
}
