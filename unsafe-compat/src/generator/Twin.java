import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Generates memmap's twin from memmap's own source: {@code Twin OUT SOURCES ROOT... [: LIBRARY
 * ROOT...]}. The twin is a copy of memmap that accesses memory through sun.misc.Unsafe. A root is
 * the name of a class, or {@code @FILE}, a file that lists roots.
 *
 * <p>The generator writes the roots to OUT, and all classes of SOURCES that they name, directly or
 * through each other. The package {@code io.memmap} becomes {@code io.memmap.unsafe}. With a
 * LIBRARY, it finds the classes of the library's roots in the same way and renames them as the twin
 * does, but does not write them.
 *
 * <p>The {@link #RULES} replace sequences of tokens; all other text stays as it is. A name of
 * java.lang.foreign that no rule covers ends the run, and the message gives its place. In the twin
 * the memory is a long and not a segment, so the compiler finds what a rule has missed.
 */
final class Twin {
    private static final String PACKAGE = "io.memmap";
    private static final String TWIN_PACKAGE = "io.memmap.unsafe";

    /**
     * Classes of memmap that the twin uses without change. Those of the API access no memory. The
     * others report to the observers, which see all heaps of the process. Observers cannot read the
     * twin's maps: the reader of maps works on memmap's own only.
     */
    private static final Set<String> SHARED = Set.of(
            "HeapStats",
            "IntIntConsumer",
            "LeakDetection",
            "LongLongConsumer",
            "MapInfo",
            "MapLayout",
            "Opening",
            "Pages",
            "Snapshot",
            // Observation.
            "AllocationSampler",
            "FileFigures",
            "GrowthTrace",
            "GrowthTraces",
            "HeapEnd",
            "HeapExhausted",
            "HeapFigures",
            "Leaks",
            "LiveHeap",
            "ObservedMap",
            "Recorder");

    /**
     * The names of some public classes in the twin. All other public classes of the API get a
     * prefix.
     */
    private static final Map<String, String> NAMES = Map.of("NativeHeap", "UnsafeHeap");

    private static final String PREFIX = "Unsafe";

    /**
     * Sequences of tokens, and the text that replaces each; "=" means that the sequence stays. If
     * several sequences begin at one token, the longest is used.
     */
    private static final String[][] RULES = {
        // The memory of a heap is an address.
        {"MemorySegment memory", "long memory"},
        {"MemorySegment mem", "long mem"},
        {"MEMORY = MemorySegment.class", "MEMORY = long.class"},
        {"heap.live().open(heap.isConfined(), ObservedMap.READER)", "heap.live().open(heap.isConfined())"},
        {"this.memory = reservation.memory()", "this.memory = reservation.memory().address()"},
        {"repair(file, blocks, reservation.memory())", "repair(file, blocks, reservation.memory().address())"},
        {"HeapGeometry.read(segment,", "HeapGeometry.read(segment.address(),"},
        {
            "MemorySegment NIL = Arena.global().allocate(HmapLayout.BYTES, 8)",
            "long NIL = Arena.global().allocate(HmapLayout.BYTES, 8).address()"
        },
        // A type annotation stands directly before the type's simple name.
        {"@Nullable LeakDetection", "io.memmap.@Nullable LeakDetection"},
        {"@Nullable Opening", "io.memmap.@Nullable Opening"},
        // Mem: accesses.
        {"memory.get(BYTE,", "Raw.getByte(memory +"},
        {"memory.get(SHORT,", "Raw.getShort(memory +"},
        {"memory.get(INT,", "Raw.getInt(memory +"},
        {"memory.get(LONG,", "Raw.getLong(memory +"},
        {"memory.set(BYTE,", "Raw.putByte(memory +"},
        {"memory.set(SHORT,", "Raw.putShort(memory +"},
        {"memory.set(INT,", "Raw.putInt(memory +"},
        {"memory.set(LONG,", "Raw.putLong(memory +"},
        {"(long) WORD.getVolatile(memory, offset)", "Raw.getVolatile(memory + offset)"},
        {"WORD.setVolatile(memory, offset, value)", "Raw.putVolatile(memory + offset, value)"},
        {"WORD.compareAndSet(memory, offset, expected, value)", "Raw.compareAndSet(memory + offset, expected, value)"},
        // Accesses to the memory of the process. There is no other in the twin.
        {"MemorySegment EVERYTHING = everything()", "long EVERYTHING = 0"},
        {
            "@SuppressWarnings(\"restricted\") private static MemorySegment everything() { try { return"
                    + " MemorySegment.NULL.reinterpret(Long.MAX_VALUE); } catch (IllegalCallerException denied) {"
                    + " return MemorySegment.NULL; } }",
            ""
        },
        {"raw = confined && Mem.EVERYTHING.byteSize() != 0", "raw = confined"},
        {"raw ? mem.address() : 0", "raw ? mem : 0"},
        {"limit = mem.byteSize()", "limit = Long.MAX_VALUE"},
        {"mem.byteSize() - cachedMask", "Long.MAX_VALUE - cachedMask"},
        // The public classes: accesses that the compiler must inline whatever the profile says.
        // They use methods that javac warns about.
        {
            "public final class LongLongMap extends",
            "@SuppressWarnings({\"deprecation\", \"removal\"}) public final class UnsafeLongLongMap extends"
        },
        {
            "abstract class IntegerTable extends",
            "@SuppressWarnings({\"deprecation\", \"removal\"}) abstract class IntegerTable extends"
        },
        {
            "public final class IntIntMap extends",
            "@SuppressWarnings({\"deprecation\", \"removal\"}) public final class UnsafeIntIntMap extends"
        },
        {
            "non-sealed class FixedKeyMap",
            "@SuppressWarnings({\"deprecation\", \"removal\"}) non-sealed class FixedKeyMap"
        },
        {"mem.get(Mem.INT,", "io.memmap.unsafe.format.Raw.UNSAFE.getInt(mem +"},
        {"mem.get(Mem.LONG,", "io.memmap.unsafe.format.Raw.UNSAFE.getLong(mem +"},
        {"memory.get(Mem.LONG,", "io.memmap.unsafe.format.Raw.UNSAFE.getLong(memory +"},
        {"mem.set(Mem.INT,", "io.memmap.unsafe.format.Raw.UNSAFE.putInt(mem +"},
        {"mem.set(Mem.LONG,", "io.memmap.unsafe.format.Raw.UNSAFE.putLong(mem +"},
        {
            "MemorySegment ZEROS = MemorySegment.ofArray(new byte[ZEROS_BYTES]).asReadOnly()",
            "byte[] ZEROS = new byte[ZEROS_BYTES]"
        },
        {"MemorySegment.copy(ZEROS, 0, memory, offset, chunkBytes)", "Raw.copy(ZEROS, 0, memory + offset, chunkBytes)"},
        {"MemorySegment.copy(from, index, memory, BYTE, offset, bytes)", "Raw.copy(from, index, memory + offset, bytes)"
        },
        {"MemorySegment.copy(memory, BYTE, offset, to, index, bytes)", "Raw.copy(memory + offset, to, index, bytes)"},
        {"MemorySegment.copy(memory, from, memory, to, bytes)", "Raw.move(memory + from, memory + to, bytes)"},
        {"MemorySegment.copy(memory, from, mem, to, bytes)", "Raw.move(memory + from, mem + to, bytes)"},
        {
            "MemorySegment.copy(source, from, memory, offset, bytes)",
            "MemorySegment.copy(source, from, Raw.segment(memory + offset, bytes), 0, bytes)"
        },
        {
            "MemorySegment.copy(memory, offset, target, to, bytes)",
            "MemorySegment.copy(Raw.segment(memory + offset, bytes), 0, target, to, bytes)"
        },
        // Segments that a caller passes in or gets back.
        {
            "Mem.zero(object, padding.offset, padding.bytes)",
            "object.asSlice(padding.offset, padding.bytes).fill((byte) 0)"
        },
        {"Mem.getByte(object, 0)", "object.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0)"},
        {"Mem.setByte(object, 0, 1)", "object.set(java.lang.foreign.ValueLayout.JAVA_BYTE, 0, (byte) 1)"},
        {"Mem.zero(object, 1, part.bytes())", "object.asSlice(1, part.bytes()).fill((byte) 0)"},
        {"? super MemorySegment", "="},
        {"<MemorySegment>", "="},
        {"MemorySegment.class", "="},
        {"MemorySegment object", "="},
        {"MemorySegment source", "="},
        {"MemorySegment target", "="},
        {"MemorySegment copy", "="},
        {"MemorySegment key", "="},
        {"MemorySegment segment", "="},
        {"MemorySegment slice(", "="},
        {"MemorySegment decode(", "="},
        {"MemorySegment blank(", "="},
        {"MemorySegment valueCopy(", "="},
        {"MemorySegment.ofArray(", "="},
        {"MemorySegment.copy(object,", "="},
        {"MemorySegment.copy(source, ValueLayout", "="},
        {"MemorySegment::ofArray", "="},
        {"MemorySegment.copy(from.bytes,", "="},
        {"MemorySegment.copy(key,", "="},
        // The source of the memory, and its lifetime.
        {"MemorySegment memory()", "="},
        {"private final MemorySegment memory; private final int granuleShift; private final Object lock;", "="},
        {"private Reservation(MemorySegment memory,", "="},
        {"MemorySegment memory = virtual.reserve(", "="},
        {"MemorySegment memory; try", "="},
        {"MemorySegment map(", "="},
        {"MemorySegment mapNew(", "="},
        {"MemorySegment reserve(", "="},
        {"MemorySegment wrap(", "="},
        {"MemorySegment callState", "="},
        {"MemorySegment lend(", "="},
        {"MemorySegment mapping", "="},
        {"MemorySegment.ofAddress(text)", "="},
        {"CommitMap.endOfMarked(segment,", "CommitMap.endOfMarked(segment.address(),"},
        {"Fields.isHeap(segment,", "Fields.isHeap(segment.address(),"},
        {"Fields.capacity(segment)", "Fields.capacity(segment.address())"},
        {"requireLength(path, descriptor, segment,", "requireLength(path, descriptor, segment.address(),"},
        {"Fields.writer(segment)", "Fields.writer(segment.address())"},
        {"Fields.writerStart(segment)", "Fields.writerStart(segment.address())"},
        {"Fields.granuleShift(segment)", "Fields.granuleShift(segment.address())"},
        {"Fields.generation(segment)", "Fields.generation(segment.address())"},
        {"Fields.isOfBoot(segment,", "Fields.isOfBoot(segment.address(),"},
        {"Fields.isOpen(path, segment)", "Fields.isOpen(path, segment.address())"},
        {"Fields.saysOpen(segment)", "Fields.saysOpen(segment.address())"},
        {"Fields.require(path, segment,", "Fields.require(path, segment.address(),"},
        {"Fields.begin(segment,", "Fields.begin(segment.address(),"},
        {"Fields.end(segment)", "Fields.end(segment.address())"},
        {"MemorySegment memory = virtual.map(", "="},
        {"MemorySegment part", "="},
        {"MemorySegment.copy(part,", "="},
        {"MemorySegment withLifetime(", "="},
        {"MemorySegment viewOf(MemorySegment memory)", "="},
        {"MemorySegment.ofAddress(memory.address()).reinterpret(memory.byteSize())", "="},
        {"MemorySegment.NULL.reinterpret(arena,", "="},
        {"MemorySegment.Scope", "="},
        {"startLife(MemorySegment memory)", "="},
        {"MemorySegment memory = MemorySegment.ofAddress(range.address).reinterpret(range.bytes, arena,", "="},
        {"Arena", "="},
        {"FunctionDescriptor", "="},
        {"Linker", "="},
        {"SymbolLookup", "="},
        // Descriptions of memory. They read no memory.
        {"AddressLayout", "="},
        {"MemoryLayout", "="},
        {"PaddingLayout", "="},
        {"SequenceLayout", "="},
        {"StructLayout", "="},
        {"ValueLayout", "="},
        {"UnionLayout", "="},
        {"GroupLayout", "="},
        // Segments in the tests.
        {"<MemorySegment,", "="},
        {"<MemorySegment, MemorySegment>", "="},
        {", MemorySegment>", "="},
        {"instanceof MemorySegment segment", "="},
        {"instanceof MemorySegment other", "="},
        {"MemorySegment::byteSize", "="},
        {"MemorySegment bytes", "="},
        {"MemorySegment closed", "="},
        {"MemorySegment EMPTY", "="},
        {"MemorySegment filled(", "="},
        {"MemorySegment found", "="},
        {"MemorySegment large(", "="},
        {"MemorySegment one", "="},
        {"MemorySegment other", "="},
        {"MemorySegment own", "="},
        {"MemorySegment rest", "="},
        {"MemorySegment seven", "="},
        {"MemorySegment struct", "="},
        {"MemorySegment unaligned", "="},
        {"MemorySegment value", "="},
    };

    private static final Pattern TOKEN = Pattern.compile(
            "(?<space>\\s+)|(?<comment>//[^\\n"
                    + "]*|/\\*.*?\\*/)|(?<text>\"\"\".*?(?<!\\\\)\"\"\"|\"(?:\\\\.|[^\"\\\\\\n"
                    + "])*\"|'(?:\\\\.|[^'\\\\\\n"
                    + "])+')|(?<word>[\\p{javaJavaIdentifierStart}&&[^\\p{Cntrl}]]"
                    + "\\p{javaJavaIdentifierPart}*)|(?<number>\\d[\\w.]*)|(?<other>.)",
            Pattern.DOTALL);

    private static final Pattern WORD = Pattern.compile("[A-Za-z_$][\\w$]*");
    private static final Pattern SEE = Pattern.compile("\\R *\\* @see (\\w+).*");
    private static final Pattern PUBLIC = Pattern.compile(
            "(?m)^public (?:(?:abstract|final|sealed|non-sealed) )*(?:class|enum|record|interface|@interface) (\\w+)");

    /** An error in the source, with a line of text for the user. */
    private static final class Complaint extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Complaint(String line) {
            super(line);
        }
    }

    /**
     * A token: its text, its kind, and the line where it begins. White space and comments are
     * tokens too.
     */
    private record Token(String text, String kind, int line) {
        boolean isCode() {
            return !kind.equals("space") && !kind.equals("comment");
        }

        boolean isWord() {
            return kind.equals("word");
        }
    }

    private record Rule(List<String> tokens, String replacement) {}

    /**
     * A source file: its path, the name of its class, its tokens, and whether the class is public.
     */
    private record Source(Path path, String name, List<Token> tokens, boolean isPublic) {
        Set<String> words() {
            return tokens.stream().filter(Token::isWord).map(Token::text).collect(Collectors.toSet());
        }

        /** Returns the package that the source declares, whatever the directory of the file. */
        String packageName() {
            List<String> words =
                    tokens.stream().filter(Token::isCode).map(Token::text).toList();
            int start = words.indexOf("package") + 1;
            return String.join("", words.subList(start, words.indexOf(";")));
        }

        boolean isOfApi() {
            return isPublic && packageName().equals(PACKAGE);
        }
    }

    private final List<Rule> rules = Arrays.stream(RULES)
            .map(rule -> new Rule(code(rule[0]), rule[1].equals("=") ? rule[0] : rule[1]))
            .sorted((a, b) -> b.tokens().size() - a.tokens().size())
            .toList();
    private final Set<String> foreignNames = foreignNames();
    /** The packages of shared classes, by class name. */
    private final Map<String, String> shared = new HashMap<>();
    /** The names of the twin's classes, by the names of the classes in memmap. */
    private final Map<String, String> names = new HashMap<>();

    private Twin() {}

    public static void main(String[] args) throws IOException {
        List<String> arguments = expand(args);
        int colon = arguments.indexOf(":");
        int end = colon < 0 ? arguments.size() : colon;
        if (end < 3 || colon >= 0 && arguments.size() - colon < 3) {
            System.err.println("usage: Twin OUT SOURCES ROOT... [: LIBRARY ROOT...]");
            System.exit(2);
        }
        try {
            Twin twin = new Twin();
            if (colon >= 0) {
                twin.closure(Path.of(arguments.get(colon + 1)), arguments.subList(colon + 2, arguments.size()));
            }
            twin.write(twin.closure(Path.of(arguments.get(1)), arguments.subList(2, end)), Path.of(arguments.get(0)));
        } catch (Complaint complaint) {
            System.err.println(complaint.getMessage());
            System.exit(1);
        }
    }

    /**
     * Replaces each {@code @FILE} by the file's lines. Leaves out empty lines and comments, which
     * begin with #.
     */
    private static List<String> expand(String[] args) throws IOException {
        List<String> arguments = new ArrayList<>();
        for (String arg : args) {
            if (arg.startsWith("@")) {
                Files.readAllLines(Path.of(arg.substring(1))).stream()
                        .map(String::strip)
                        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                        .forEach(arguments::add);
            } else {
                arguments.add(arg);
            }
        }
        return arguments;
    }

    /**
     * Returns the roots and all classes that they name, by path. Records their names in the twin.
     */
    private Map<Path, Source> closure(Path directory, List<String> roots) throws IOException {
        Map<String, List<Source>> sources = read(directory);
        sources.forEach((name, ofName) -> {
            if (SHARED.contains(name)) {
                shared.put(name, ofName.getFirst().packageName());
            }
        });
        Deque<String> open = new ArrayDeque<>(roots);
        Map<Path, Source> closure = new TreeMap<>();
        while (!open.isEmpty()) {
            String name = open.remove();
            if (!sources.containsKey(name)) {
                throw new Complaint(directory + ": no source of the class " + name);
            }
            for (Source source : sources.get(name)) {
                if (closure.put(source.path(), source) == null) {
                    names.put(name, source.isOfApi() ? NAMES.getOrDefault(name, PREFIX + name) : name);
                    source.words().stream()
                            .filter(word -> sources.containsKey(word) && !SHARED.contains(word))
                            .sorted()
                            .forEach(open::add);
                }
            }
        }
        return closure;
    }

    /** Returns the sources by the names of their classes, which may be the same in two packages. */
    private static Map<String, List<Source>> read(Path directory) throws IOException {
        Map<String, List<Source>> sources = new HashMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path path : files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList()) {
                String name = path.getFileName().toString().replace(".java", "");
                String text = Files.readString(path);
                Matcher isPublic = PUBLIC.matcher(text);
                boolean found = isPublic.find() && isPublic.group(1).equals(name);
                sources.computeIfAbsent(name, ofName -> new ArrayList<>())
                        .add(new Source(path, name, tokens(text), found));
            }
        }
        return sources;
    }

    private void write(Map<Path, Source> sources, Path out) throws IOException {
        Map<Path, String> twins = new TreeMap<>();
        Set<String> complaints = new TreeSet<>();
        for (Source source : sources.values()) {
            String directory = source.packageName()
                    .replaceFirst("^" + Pattern.quote(PACKAGE), TWIN_PACKAGE)
                    .replace('.', '/');
            String twin = "// Derived from memmap's " + source.name() + ".\n" + derive(source, complaints);
            twins.put(out.resolve(directory).resolve(names.get(source.name()) + ".java"), twin);
        }
        if (!complaints.isEmpty()) {
            throw new Complaint(String.join("\n", complaints));
        }
        deleteOthers(out, twins.keySet());
        for (var twin : twins.entrySet()) {
            Files.createDirectories(twin.getKey().getParent());
            // An unchanged file keeps its time, so that it is not compiled again.
            if (!Files.exists(twin.getKey()) || !Files.readString(twin.getKey()).equals(twin.getValue())) {
                Files.writeString(twin.getKey(), twin.getValue());
            }
        }
    }

    /** Deletes what an earlier build has derived from a class that is gone or has another name now. */
    private static void deleteOthers(Path out, Set<Path> twins) throws IOException {
        if (Files.exists(out)) {
            List<Path> present;
            try (Stream<Path> files = Files.walk(out)) {
                present = files.filter(Files::isRegularFile).toList();
            }
            for (Path file : present) {
                if (!twins.contains(file)) {
                    Files.delete(file);
                }
            }
        }
    }

    private String derive(Source source, Set<String> complaints) {
        List<Token> tokens = source.tokens();
        StringBuilder twin = new StringBuilder();
        for (int i = 0; i < tokens.size(); ) {
            Token token = tokens.get(i);
            int importEnd = unchangedImport(tokens, i);
            Rule rule = importEnd > i ? null : ruleAt(tokens, i);
            if (importEnd > i) {
                tokens.subList(i, importEnd).forEach(part -> twin.append(part.text()));
                i = importEnd;
            } else if (rule != null) {
                twin.append(rule.replacement());
                i = skip(tokens, i, rule.tokens().size());
            } else if (token.kind().equals("comment")) {
                twin.append(renamed(token.text()));
                i++;
            } else if (startsWith(tokens, i, code(PACKAGE))) {
                twin.append(TWIN_PACKAGE);
                i = skip(tokens, i, code(PACKAGE).size());
            } else {
                if (token.isWord() && foreignNames.contains(token.text())) {
                    complaints.add(source.path() + ":" + token.line() + ": no rule for " + token.text()
                            + " of java.lang.foreign: " + line(tokens, token.line()));
                }
                twin.append(token.isWord() ? name(token.text()) : token.text());
                i++;
            }
        }
        return twin.toString();
    }

    /**
     * If an import of java.lang.foreign or of a shared class begins here, returns the index after
     * it. Otherwise returns the same index.
     */
    private int unchangedImport(List<Token> tokens, int at) {
        if (!startsWith(tokens, at, List.of("import"))) {
            return at;
        }
        int end = at;
        while (!tokens.get(end).text().equals(";")) {
            end++;
        }
        boolean isForeign = startsWith(tokens, at, code("import java.lang.foreign."))
                || startsWith(tokens, at, code("import static java.lang.foreign."));
        return isForeign || shared.containsKey(tokens.get(end - 1).text()) ? end + 1 : at;
    }

    private Rule ruleAt(List<Token> tokens, int at) {
        return rules.stream()
                .filter(rule -> startsWith(tokens, at, rule.tokens()))
                .findFirst()
                .orElse(null);
    }

    private static boolean startsWith(List<Token> tokens, int at, List<String> code) {
        if (!tokens.get(at).isCode()) {
            return false;
        }
        int found = 0;
        for (int i = at; i < tokens.size() && found < code.size(); i++) {
            Token token = tokens.get(i);
            if (token.isCode() && !token.text().equals(code.get(found++))) {
                return false;
            }
        }
        return found == code.size();
    }

    /** Returns the index after this many tokens of code. */
    private static int skip(List<Token> tokens, int at, int count) {
        int i = at;
        for (int left = count; left > 0; i++) {
            left -= tokens.get(i).isCode() ? 1 : 0;
        }
        return i;
    }

    /**
     * Returns a comment with memmap's names replaced by the twin's, and without the lines that only
     * point to classes which the twin lacks.
     */
    private String renamed(String comment) {
        String inTwin = SEE.matcher(comment)
                .replaceAll(see -> isKnown(see.group(1)) ? Matcher.quoteReplacement(see.group()) : "")
                .replace(PACKAGE, TWIN_PACKAGE);
        return WORD.matcher(inTwin).replaceAll(word -> Matcher.quoteReplacement(name(word.group())));
    }

    private boolean isKnown(String word) {
        return shared.containsKey(word) || names.containsKey(word);
    }

    private String name(String word) {
        return shared.containsKey(word) ? shared.get(word) + "." + word : names.getOrDefault(word, word);
    }

    private static String line(List<Token> tokens, int line) {
        return tokens.stream()
                .filter(token -> token.line() == line)
                .map(Token::text)
                .collect(Collectors.joining())
                .lines()
                .findFirst()
                .orElse("")
                .strip();
    }

    private static List<Token> tokens(String text) {
        List<Token> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(text);
        int line = 1;
        while (matcher.find()) {
            String kind = Stream.of("space", "comment", "text", "word", "number", "other")
                    .filter(group -> matcher.group(group) != null)
                    .findFirst()
                    .orElseThrow();
            tokens.add(new Token(matcher.group(), kind, line));
            line += (int) matcher.group().chars().filter(c -> c == '\n').count();
        }
        return tokens;
    }

    private static List<String> code(String text) {
        return tokens(text).stream().filter(Token::isCode).map(Token::text).toList();
    }

    /** Returns the names of the classes of java.lang.foreign in this JDK. */
    private static Set<String> foreignNames() {
        Path classes = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules/java.base/java/lang/foreign");
        try (Stream<Path> files = Files.list(classes)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> file.endsWith(".class") && !file.contains("$") && !file.contains("-"))
                    .map(file -> file.replace(".class", ""))
                    .collect(Collectors.toCollection(HashSet::new));
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }
}
