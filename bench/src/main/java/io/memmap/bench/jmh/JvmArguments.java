package io.memmap.bench.jmh;

/** The options of every fork, whoever runs in it. */
public final class JvmArguments {
    static final String COLLECTOR = "-XX:+UseG1GC";
    /** Also the minimum: no contender pays for a growing Java heap. */
    static final String HEAP = "-Xmx6g";

    static final String INITIAL_HEAP = "-Xms6g";
    static final String NATIVE = "--enable-native-access=ALL-UNNAMED";
    /** Spares the twin's fork a warning. */
    public static final String UNSAFE = "--sun-misc-unsafe-memory-access=allow";

    private JvmArguments() {}
}
