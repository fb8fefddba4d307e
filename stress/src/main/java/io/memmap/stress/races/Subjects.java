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
 * What the races of one JVM race for: a heap, and maps in which every race has a key of its own, so that thousands of races
 * at once also make the maps grow and shrink.
 */
final class Subjects {
    static final NativeHeap HEAP = NativeHeap.ofShared();
    static final SyncLongLongMap LONGS = SyncLongLongMap.make(HEAP);
    static final SyncMap<String, String> STRINGS = SyncMap.make(HEAP, Type.UTF8, Type.UTF8);
    static final SyncMap<Long, Pair> PAIRS =
            SyncMap.make(HEAP, Type.LONG, Type.record(Pair.class, MethodHandles.lookup()));

    /** Texts that are too long for a slot, each of another length. */
    static final String OLD = "o".repeat(40);

    static final String ONE = "1".repeat(60);
    static final String TWO = "2".repeat(90);

    private static final AtomicLong KEYS = new AtomicLong();

    private Subjects() {}

    /** Two longs, which no one access reads. */
    record Pair(long left, long right) {
        static Pair of(long number) {
            return new Pair(number, ~number);
        }
    }

    /** Returns a key that no other race has. */
    static long newKey() {
        return KEYS.incrementAndGet();
    }

    static String newText() {
        return "key " + newKey();
    }

    /** Returns a small heap, for a race in which it is closed. */
    static NativeHeap closable() {
        return NativeHeap.builder().shared().maxBytes(1L << 20).open();
    }

    /** Returns the short name of a text; of one that nobody has put, the text. */
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

    /** Returns the number of a pair; of one that nobody has put, both halves. */
    static String name(@Nullable Pair pair) {
        if (pair == null) {
            return "none";
        }
        return pair.equals(Pair.of(pair.left)) ? Long.toString(pair.left) : "torn " + pair;
    }

    /** Returns what an action on a map answers, "closed" if that is at its end. */
    static String unlessClosed(Supplier<Object> action) {
        try {
            return action.get().toString();
        } catch (IllegalStateException e) {
            return String.valueOf(e.getMessage()).startsWith("Already closed") ? "closed" : e.toString();
        }
    }
}
