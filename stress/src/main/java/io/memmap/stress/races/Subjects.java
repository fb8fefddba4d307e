package io.memmap.stress.races;

import io.memmap.NativeHeap;
import io.memmap.SyncLongLongMap;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.lang.invoke.MethodHandles;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The heap and the maps that all races of one JVM use. In these maps every race has a key of its
 * own. So thousands of concurrent races also make the maps grow and shrink.
 */
final class Subjects {
    static final NativeHeap HEAP = NativeHeap.ofShared();
    static final SyncLongLongMap LONGS = SyncLongLongMap.make(HEAP);
    static final SyncMap<String, String> STRINGS = SyncMap.make(HEAP, Type.UTF8, Type.UTF8);
    static final SyncMap<Long, Pair> PAIRS =
            SyncMap.make(HEAP, Type.LONG, Type.record(Pair.class, MethodHandles.lookup()));

    /** Texts that are too long for a slot. Each has a different length. */
    static final String OLD = "o".repeat(40);

    static final String ONE = "1".repeat(60);
    static final String TWO = "2".repeat(90);

    private static final AtomicLong KEYS = new AtomicLong();

    private Subjects() {}

    /** Two longs, which cannot be read with a single access. */
    record Pair(long left, long right) {
        static Pair of(long number) {
            return new Pair(number, ~number);
        }
    }

    /** Returns a key that no other race uses. */
    static long newKey() {
        return KEYS.incrementAndGet();
    }

    static String newText() {
        return "key " + newKey();
    }

    /** Returns a small heap, for a race that closes it. */
    static NativeHeap closable() {
        return NativeHeap.builder().shared().maxBytes(1L << 20).open();
    }

    /**
     * Returns the short name of a text. For a text that no race has put, returns the text itself.
     */
    static String name(@Nullable String text) {
        if (text == null) {
            return "none";
        }
        return switch (text.length()) {
            case 40 -> text.equals(OLD) ? "old" : text;
            case 60 -> text.equals(ONE) ? "one" : text;
            case 90 -> text.equals(TWO) ? "two" : text;
            default -> text;
        };
    }

    /** Returns the number of a pair. For a pair that no race has put, returns both halves. */
    static String name(@Nullable Pair pair) {
        if (pair == null) {
            return "none";
        }
        return pair.equals(Pair.of(pair.left)) ? Long.toString(pair.left) : "torn " + pair;
    }

    /** Returns the result of an action on a map as text; "closed" if the map is closed. */
    static String unlessClosed(Supplier<Object> action) {
        try {
            return action.get().toString();
        } catch (IllegalStateException e) {
            return String.valueOf(e.getMessage()).startsWith("Already closed") ? "closed" : e.toString();
        }
    }
}
