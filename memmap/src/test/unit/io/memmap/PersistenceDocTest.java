package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page about heaps in files says what the code does. */
class PersistenceDocTest {
    private static final Path PAGE = Path.of("docs/persistence.md");

    @Test
    @Tag("slow") // a JVM
    void theProgramPrintsWhatItsCommentsSay(@TempDir Path directory) throws Exception {
        List<DocumentedProgram> programs = DocumentedProgram.in(PAGE);
        assertThat(programs).hasSize(1);
        Path file = Files.writeString(
                directory.resolve("Restart.java"), programs.getFirst().source());
        programs.getFirst()
                .assertRuns("--enable-native-access=ALL-UNNAMED", "-cp", DocumentedProgram.library(), file.toString());
    }

    @Test
    void theTableHasAllReasons() throws IOException {
        String page = Files.readString(PAGE);
        for (HeapFileException.Reason reason : HeapFileException.Reason.values()) {
            assertThat(page).contains("\n| `" + reason + "` |");
        }
    }
}
