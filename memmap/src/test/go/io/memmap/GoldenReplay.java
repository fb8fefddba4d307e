package io.memmap;

import io.memmap.format.Mem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.function.LongUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * Replays a trace of Go's map on the engine and compares every bit of every state. A trace has one
 * record in a line. Numbers are decimal and unsigned:
 *
 * <pre>
 * # hash=NAME hint=H       a new map
 * P k v    D k    C        put, delete, clear
 * G k v ok                 the result that a get must have
 * I id r   N id k v  E id  Go's iterators. Their order differs by design; but a start decides where NaNs move
 * S count B noverflow nevacuate growing sameSize iterFlags chained oldChained digest
 * </pre>
 */
public final class GoldenReplay {
    private static final Pattern HEADER = Pattern.compile("#\\s*hash=(\\w+)\\s+hint=(-?\\d+).*");
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final long HEAP_BYTES = 1L << 32;

    private final NativeHeap heap;
    private long operations;
    private long states;

    private GoldenReplay(NativeHeap heap) {
        this.heap = heap;
    }

    /**
     * The result of a replay: the numbers of operations and of compared states, and the first
     * difference, which is empty if there is none.
     */
    public record Outcome(long operations, long states, String difference) {
        /** Returns whether the trace was replayed to its end without a difference. */
        public boolean agrees() {
            return difference.isEmpty();
        }
    }

    /** Replays a trace, which may be gzipped, and closes it. */
    public static Outcome replay(InputStream trace, boolean gzipped) throws IOException {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(HEAP_BYTES).open();
                BufferedReader lines = open(trace, gzipped)) {
            GoldenReplay replay = new GoldenReplay(heap);
            String difference = replay.run(lines);
            return new Outcome(replay.operations, replay.states, difference);
        }
    }

    private static BufferedReader open(InputStream trace, boolean gzipped) throws IOException {
        InputStream bytes = gzipped ? new GZIPInputStream(trace) : trace;
        return new BufferedReader(new InputStreamReader(bytes, StandardCharsets.US_ASCII));
    }

    /** Returns the first difference, or an empty string. */
    private String run(BufferedReader lines) throws IOException {
        GoTable table = null;
        long number = 0;
        long inUseBefore = heap.stats().inUse();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            number++;
            String difference;
            try {
                if (line.startsWith("#")) {
                    if (table != null) {
                        table.engine.free();
                    }
                    table = newTable(line);
                    difference = "";
                } else if (table == null) {
                    difference = "no '# hash=NAME hint=H' line before the first record";
                } else {
                    difference = step(table, line.split(" "));
                }
            } catch (RuntimeException e) {
                difference = e.toString();
            }
            if (!difference.isEmpty()) {
                return "line " + number + " (" + line + "): " + difference;
            }
        }
        if (table == null || states == 0) {
            return "the trace has no state to compare";
        }
        table.engine.free();
        long leaked = heap.stats().inUse() - inUseBefore;
        return leaked == 0 ? "" : "the map is freed and " + leaked + " bytes are still in use";
    }

    private GoTable newTable(String line) {
        Matcher header = HEADER.matcher(line);
        if (!header.matches()) {
            throw new IllegalArgumentException("expected '# hash=NAME hint=H'");
        }
        long hint = Long.parseLong(header.group(2));
        String hash = header.group(1);
        return hash.equals("f64") ? GoTable.ofDoubles(heap, hint) : GoTable.ofLongs(heap, hint, hashFunction(hash));
    }

    private String step(GoTable table, String[] record) {
        switch (record[0]) {
            case "P" -> table.put(number(record, 1), number(record, 2));
            case "D" -> table.delete(number(record, 1));
            case "C" -> table.engine.clear();
            case "G" -> {
                operations++;
                return compareGet(table, number(record, 1), number(record, 2), number(record, 3) != 0);
            }
            case "I" -> {
                table.startIterator();
                return "";
            }
            case "N", "E" -> {
                return "";
            }
            case "S" -> {
                return compareState(table, record);
            }
            default -> throw new IllegalArgumentException("unknown record '" + record[0] + "'");
        }
        operations++;
        return "";
    }

    private static String compareGet(GoTable table, long key, long value, boolean present) {
        long address = table.find(key);
        long found = address == 0 ? 0 : Mem.getLong(table.engine.mem, address);
        if (present != (address != 0) || found != value) {
            return "got " + Long.toUnsignedString(found) + ", " + (address != 0 ? "present" : "absent");
        }
        return "";
    }

    private String compareState(GoTable table, String[] record) {
        states++;
        GoTable.GoState expected = new GoTable.GoState(
                number(record, 1),
                number(record, 2),
                number(record, 3),
                number(record, 4),
                number(record, 5) != 0,
                number(record, 6) != 0,
                number(record, 8),
                number(record, 9),
                Long.parseUnsignedLong(record[10], 16));
        GoTable.GoState actual = table.state();
        if (!actual.equals(expected)) {
            return "expected " + expected + " but was " + actual;
        }
        table.engine.check();
        return "";
    }

    private static long number(String[] record, int field) {
        return Long.parseUnsignedLong(record[field]);
    }

    private static LongUnaryOperator hashFunction(String name) {
        return switch (name) {
            case "good" -> GoldenReplay::hash;
            case "low2" ->
                key -> {
                    long mixed = hash(key);
                    return (mixed & 3) | ((mixed & 0x300) << 48);
                };
            case "top0" -> key -> hash(key) & 0x00FF_FFFF_FFFF_FFFFL;
            default -> throw new IllegalArgumentException("no hash function of this name for integer keys: " + name);
        };
    }

    /**
     * Returns the hash of an integer, or of a double that is no NaN, for traces with a good hash.
     */
    static long hash(long word) {
        return mix(word + GOLDEN_GAMMA);
    }

    /** Returns the hash of the n-th NaN that a trace asks for. */
    static long hashOfNan(long n) {
        return mix(n * GOLDEN_GAMMA);
    }

    /** The last step of splitmix64. */
    private static long mix(long word) {
        long mixed = (word ^ (word >>> 30)) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D049BB133111EBL;
        return mixed ^ (mixed >>> 31);
    }
}
