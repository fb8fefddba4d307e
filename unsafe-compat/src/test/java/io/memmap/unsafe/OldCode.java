package io.memmap.unsafe;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Compiles and loads sources that were written for sun.misc.Unsafe. They are unchanged, or moved
 * over to {@link UnsafeMemory} as its documentation describes: with another import and another way
 * to get the instance. Nothing else in them changes.
 */
public final class OldCode {
    /** The memory on which old code runs. */
    enum On {
        UNSAFE,
        RAW,
        CHECKED
    }

    /** A type as which memory can be read and written. */
    public enum Kind {
        BOOLEAN(1),
        BYTE(1),
        SHORT(2),
        CHAR(2),
        INT(4),
        LONG(8),
        FLOAT(4),
        DOUBLE(8),
        ADDRESS(8);

        final int bytes;

        Kind(int bytes) {
            this.bytes = bytes;
        }
    }

    /** A map. */
    public interface Table {
        long put(long key, long value);

        long get(long key);

        boolean remove(long key);

        long size();

        void free();
    }

    /** A queue. */
    public interface Ring {
        long EMPTY = Long.MIN_VALUE;

        boolean offer(long value);

        long poll();

        void free();
    }

    /** A list. */
    public interface Text {
        long append(byte[] bytes);

        byte[] at(long position);

        void free();
    }

    /** All memory operations of Unsafe. */
    public interface Operations {
        long allocate(long bytes);

        long reallocate(long address, long bytes);

        void free(long address);

        void set(long address, long bytes, byte value);

        void set(Object base, long offset, long bytes, byte value);

        void copy(long from, long to, long bytes);

        void copy(Object fromBase, long from, Object toBase, long to, long bytes);

        long baseOffset(Class<?> array);

        long indexScale(Class<?> array);

        long sizes();

        void fences();

        long get(Kind kind, long address);

        void put(Kind kind, long address, long bits);

        long get(Kind kind, Object base, long offset);

        void put(Kind kind, Object base, long offset, long bits);

        long getVolatile(Kind kind, Object base, long offset);

        void putVolatile(Kind kind, Object base, long offset, long bits);

        void putOrdered(boolean wide, Object base, long offset, long bits);

        boolean compareAndSwap(boolean wide, Object base, long offset, long expected, long bits);

        long getAndAdd(boolean wide, Object base, long offset, long delta);

        long getAndSet(boolean wide, Object base, long offset, long bits);
    }

    private static final List<String> CLASSES =
            List.of("OpenAddressingTable", "SequencedRing", "GrowingText", "EveryOperation");

    private static final Path OLD = compile("old", false);
    private static final Path MOVED = compile("moved", true);

    private static UnsafeMemory underTest = UnsafeMemory.raw();

    private OldCode() {}

    /** The memory for the code that is being loaded. */
    public static UnsafeMemory instanceUnderTest() {
        return underTest;
    }

    /** Returns a new object of a class of old code on sun.misc.Unsafe. */
    static <T> T onUnsafe(Class<T> type, String name) {
        return make(type, name, OLD);
    }

    /** Returns a new object of a class of old code that has moved to this memory. */
    static <T> T on(UnsafeMemory memory, Class<T> type, String name) {
        synchronized (OldCode.class) {
            underTest = memory;
            return make(type, name, MOVED);
        }
    }

    static <T> T on(On memory, Class<T> type, String name) {
        return switch (memory) {
            case UNSAFE -> onUnsafe(type, name);
            case RAW -> on(UnsafeMemory.raw(), type, name);
            case CHECKED -> on(UnsafeMemory.checked(), type, name);
        };
    }

    private static <T> T make(Class<T> type, String name, Path classes) {
        try {
            URL[] urls = {classes.toUri().toURL()};
            // The loader stays open, because classes are loaded when they are needed. Each loader
            // has its own UnsafeAccess.
            @SuppressWarnings("resource")
            URLClassLoader loader = new URLClassLoader(urls, OldCode.class.getClassLoader());
            return type.cast(loader.loadClass(name).getConstructor().newInstance());
        } catch (MalformedURLException | ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static Path compile(String access, boolean moves) {
        try {
            Path directory = Files.createTempDirectory("memmap-" + access);
            List<Path> sources = new ArrayList<>();
            sources.add(write(directory, "UnsafeAccess", resource(access, "UnsafeAccess")));
            for (String name : CLASSES) {
                String source = resource("old", name);
                sources.add(write(directory, name, moves ? moved(source) : source));
            }
            JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
            StringWriter output = new StringWriter();
            try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
                List<String> options =
                        List.of("-d", directory.toString(), "-cp", System.getProperty("java.class.path"), "-proc:none");
                boolean compiled = compiler.getTask(
                                output, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
                        .call();
                assertThat(compiled).as(output.toString()).isTrue();
            }
            return directory;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String moved(String source) {
        String text = source.replace("import sun.misc.Unsafe;", "import io.memmap.unsafe.UnsafeMemory;")
                .replaceAll("\\bUnsafe\\b", "UnsafeMemory");
        assertThat(text).doesNotContain("sun.misc");
        return text;
    }

    private static Path write(Path directory, String name, String source) throws IOException {
        return Files.writeString(directory.resolve(name + ".java"), source);
    }

    private static String resource(String directory, String name) throws IOException {
        try (InputStream source = OldCode.class.getResourceAsStream(directory + "/" + name + ".java")) {
            return new String(Objects.requireNonNull(source, name).readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
