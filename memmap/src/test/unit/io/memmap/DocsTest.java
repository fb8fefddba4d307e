package io.memmap;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toCollection;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The documents in {@code memmap/docs}: what the code cites is there. Their links lead somewhere, and
 * so do those of the README and of the examples' page.
 */
class DocsTest {
    private static final Path DOCS = Path.of("docs");
    private static final Path README = Path.of("../README.md");
    private static final Path EXAMPLES = Path.of("examples/README.md");
    private static final Path SOURCES = Path.of("src");
    private static final Pattern RULE = Pattern.compile("go:[a-z][a-z-]*[a-z]");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]*)(?:#([^)\\s]*))?\\)");
    private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);
    private static final Pattern CITED_INVARIANT = Pattern.compile("\"([IHLP]\\d{1,2})\"|<li>([IHLP]\\d{1,2})[:.] ");
    private static final int LINE = 100;

    @Test
    void everyRuleOfGoThatIsCitedIsInTheDocument() {
        Set<String> stated = matches(RULE, read(DOCS.resolve("go-map.md")));
        Set<String> cited = matches(RULE, javaSources());
        cited.remove("go:name"); // the form, not a rule
        assertThat(cited).hasSizeGreaterThan(50).isSubsetOf(stated);
    }

    @Test
    void everyInvariantIsInTheDocument() {
        Set<String> stated = new TreeSet<>();
        Pattern.compile("^\\| ([IHLP]\\d{1,2}) \\|", Pattern.MULTILINE)
                .matcher(read(DOCS.resolve("invariants.md")))
                .results()
                .forEach(match -> stated.add(match.group(1)));
        Set<String> cited = new TreeSet<>();
        CITED_INVARIANT
                .matcher(files(SOURCES.resolve("main"), ".java")
                        .map(DocsTest::read)
                        .collect(joining()))
                .results()
                .forEach(match -> cited.add(match.group(1) != null ? match.group(1) : match.group(2)));
        assertThat(stated).isEqualTo(cited);
    }

    @Test
    void everyLinkLeadsSomewhere() {
        List<String> broken = new ArrayList<>();
        Stream.concat(Stream.of(README, EXAMPLES), files(DOCS, ".md"))
                .forEach(document -> LINK.matcher(read(document)).results().forEach(link -> {
                    String file = link.group(1);
                    if (file.startsWith("https:")) {
                        return;
                    }
                    Path target = file.isEmpty()
                            ? document
                            : document.resolveSibling(file).normalize();
                    if (!Files.exists(target)) {
                        broken.add(document + " -> " + target);
                    } else if (link.group(2) != null && !anchors(target).contains(link.group(2))) {
                        broken.add(document + " -> " + target + "#" + link.group(2));
                    }
                }));
        assertThat(broken).isEmpty();
    }

    /** Returns the anchors that GitHub makes of a document's headings. */
    private static Set<String> anchors(Path document) {
        return HEADING.matcher(read(document))
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .collect(toCollection(TreeSet::new));
    }

    /** A table's row may be longer, because it cannot be broken. */
    @Test
    void linesOfProseEndInTime() {
        List<String> tooLong = new ArrayList<>();
        files(DOCS, ".md")
                .forEach(document -> read(document)
                        .lines()
                        .filter(line -> line.length() > LINE && !line.startsWith("|") && !line.startsWith("    "))
                        .forEach(line -> tooLong.add(document + ": " + line)));
        assertThat(tooLong).isEmpty();
    }

    private static String javaSources() {
        return files(SOURCES, ".java").map(DocsTest::read).collect(joining());
    }

    private static Set<String> matches(Pattern pattern, String text) {
        return pattern.matcher(text).results().map(MatchResult::group).collect(toCollection(TreeSet::new));
    }

    private static Stream<Path> files(Path directory, String suffix) {
        try (Stream<Path> paths = Files.walk(directory)) {
            return paths.filter(path -> path.toString().endsWith(suffix)).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
