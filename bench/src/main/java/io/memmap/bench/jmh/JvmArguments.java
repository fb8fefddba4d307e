package io.memmap.bench.jmh;

import io.memmap.bench.maps.Contender;
import java.util.List;

/** The JVM options of forks. */
public final class JvmArguments {
    static final String COLLECTOR = "-XX:+UseG1GC";
    /** Also the initial size, so that no contender pays for a growing Java heap. */
    static final String HEAP = "-Xmx6g";

    static final String INITIAL_HEAP = "-Xms6g";
    /**
     * The largest young generation. It is soon used again. Otherwise operations that allocate would
     * first run through the whole heap, and pay for the pages that the system has not backed yet.
     */
    public static final long YOUNG_BYTES = 256L << 20;

    static final String YOUNG = "-Xmn" + YOUNG_BYTES;
    static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
    /** Turns off the warning about sun.misc.Unsafe. */
    public static final String UNSAFE = "--sun-misc-unsafe-memory-access=allow";

    // Chronicle Map does not start without these. Without the exports of cleaners and buffers it
    // only warns.
    static final String OPEN_LANG = "--add-opens=java.base/java.lang=ALL-UNNAMED";
    static final String OPEN_REFLECT = "--add-opens=java.base/java.lang.reflect=ALL-UNNAMED";
    static final String EXPORT_CLEANERS = "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED";
    static final String EXPORT_BUFFERS = "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED";
    static final String EXPORT_COMPILER = "--add-exports=jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED";
    /**
     * Turns off the analytics of Chronicle Map, which report its use and leave files in the home
     * directory.
     */
    static final String NO_ANALYTICS = "-Dchronicle.analytics.disable=true";
    /**
     * A large limit for direct buffers. The entries of a test bound the buffers that a map takes.
     */
    static final String DIRECT_MEMORY = "-XX:MaxDirectMemorySize=20g";

    // lmdbjava reads the address of a buffer from a private field.
    static final String OPEN_BUFFERS = "--add-opens=java.base/java.nio=ALL-UNNAMED";
    /** Turns off the messages of slf4j about its configuration. */
    public static final String NO_LOG = "-Dslf4j.internal.verbosity=ERROR";

    /**
     * The options that maps from strings need. All contenders that are compared with them get the
     * same.
     */
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

    /** Returns the options that a contender needs on this JDK, in addition to the common ones. */
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
