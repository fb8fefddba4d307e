package io.memmap.bench.jmh;

import io.memmap.bench.maps.Contender;
import java.util.List;

/** The options of every fork, whoever runs in it. */
public final class JvmArguments {
    static final String COLLECTOR = "-XX:+UseG1GC";
    /** Also the minimum: no contender pays for a growing Java heap. */
    static final String HEAP = "-Xmx6g";

    static final String INITIAL_HEAP = "-Xms6g";
    /**
     * The most of the young generation: it is soon used again, where the whole heap would take seconds of garbage until the
     * system had backed all of its pages, and operations that allocate would be timed by that.
     */
    public static final long YOUNG_BYTES = 256L << 20;

    static final String YOUNG = "-Xmn" + YOUNG_BYTES;
    static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
    /** Spares the forks of those on sun.misc.Unsafe a warning. */
    public static final String UNSAFE = "--sun-misc-unsafe-memory-access=allow";

    // Chronicle Map does not start without these; without those of cleaners and buffers it warns.
    static final String OPEN_LANG = "--add-opens=java.base/java.lang=ALL-UNNAMED";
    static final String OPEN_REFLECT = "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED";
    static final String EXPORT_CLEANERS = "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED";
    static final String EXPORT_BUFFERS = "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED";
    static final String EXPORT_COMPILER = "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED";
    /** Chronicle Map reports its use to its makers, and leaves files in the home directory for it, unless told not to. */
    static final String NO_ANALYTICS = "-Dchronicle.analytics.disable=true";
    /** As much as there is: those who take direct buffers are bounded by what they are asked to hold. */
    static final String DIRECT_MEMORY = "-XX:MaxDirectMemorySize=20g";

    // lmdbjava finds the address of a buffer by its private field.
    static final String OPEN_BUFFERS = "--add-opens=java.base/java.nio=ALL-UNNAMED";
    /** No word of what it does about its log. */
    static final String NO_LOG = "-Dslf4j.internal.verbosity=ERROR";

    /** What the maps from strings need; every contender beside them gets it too. */
    public static final List<String> OF_OBJECTS = List.of(
            UNSAFE,
            OPEN_LANG,
            OPEN_REFLECT,
            OPEN_BUFFERS,
            EXPORT_CLEANERS,
            EXPORT_BUFFERS,
            EXPORT_COMPILER,
            DIRECT_MEMORY,
            NO_ANALYTICS,
            NO_LOG);

    private JvmArguments() {}

    /** What the forks of a contender need on this JDK, beside what all get. */
    public static List<String> of(Contender contender) {
        return switch (contender) {
            case CHRONICLE -> OF_OBJECTS;
            case OHC -> List.of(UNSAFE, OPEN_LANG, EXPORT_BUFFERS, NO_LOG);
            case EHCACHE -> List.of(UNSAFE, DIRECT_MEMORY, NO_LOG);
            case MAPDB -> List.of(UNSAFE, DIRECT_MEMORY);
            case LMDB -> List.of(UNSAFE, OPEN_BUFFERS, EXPORT_BUFFERS);
            default -> List.of(UNSAFE);
        };
    }
}
