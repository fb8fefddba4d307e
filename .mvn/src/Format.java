import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.stream.Stream;

/**
 * Formats every Java source of every module, or says which ones it would change: {@code Format apply|check}, run at the
 * root. It is a process of its own because the formatter needs the parser of the toolchain's JDK, not of Maven's.
 */
final class Format {
    private static final Formatter FORMATTER = Formatter.createFormatter(JavaFormatterOptions.builder()
            .style(JavaFormatterOptions.Style.PALANTIR)
            .build());

    /** The depth of memmap/adapters/micrometer/src. */
    private static final int DEPTH_OF_SOURCES = 4;

    private Format() {}

    public static void main(String[] args) throws IOException {
        boolean apply = args[0].equals("apply");
        int wrong = 0;
        for (Path source : sources()) {
            String text = Files.readString(source);
            try {
                String formatted = FORMATTER.formatSourceAndFixImports(text);
                if (formatted.equals(text)) {
                    continue;
                }
                if (apply) {
                    Files.writeString(source, formatted);
                    System.out.println("formatted " + source);
                    continue;
                }
                System.out.println("not formatted: " + source);
            } catch (FormatterException e) {
                System.out.println("cannot be formatted: " + source + ":" + e.getMessage());
            }
            wrong++;
        }
        if (wrong > 0) {
            System.out.println("Sources not in the project's format: " + wrong
                    + ". This formats them: mvn -q -N verify -Dformat=apply");
            System.exit(1);
        }
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> directories = Files.find(Path.of(""), DEPTH_OF_SOURCES, Format::areSources)) {
            return directories
                    .flatMap(Format::javaFiles)
                    .sorted()
                    .toList();
        }
    }

    /** A module's directory of sources lies beside its pom. */
    private static boolean areSources(Path directory, BasicFileAttributes attributes) {
        return directory.endsWith("src") && Files.exists(directory.resolveSibling("pom.xml"));
    }

    private static Stream<Path> javaFiles(Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
