package io.memmap.stress;

import io.memmap.MapStats;
import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import org.jspecify.annotations.Nullable;

/**
 * A SyncMap that stores stamps as texts of many lengths. A read checks a text to its last
 * character.
 */
final class StringStamps implements StampMap {
    private static final int RADIX = 36;

    private final SyncMap<String, String> map;

    StringStamps(NativeHeap heap) {
        map = SyncMap.make(heap, Type.UTF8, Type.UTF8);
    }

    /**
     * Returns the text of a number: the number, and then its digest, repeated. The digest says how
     * often: mostly a few times, rarely hundreds of times.
     */
    private static String text(long number) {
        long digest = Stamp.digest(number);
        int times = (digest & 0xFF00) == 0 ? (int) (digest & 0xFF) + 300 : (int) (digest & 7);
        return Long.toString(number, RADIX) + ' ' + Long.toString(digest, RADIX).repeat(times);
    }

    private static long number(@Nullable String text) {
        if (text == null) {
            return 0;
        }
        try {
            long number = Long.parseLong(text, 0, Math.max(0, text.indexOf(' ')), RADIX);
            return text.equals(text(number)) ? number : Stamp.TORN;
        } catch (NumberFormatException e) {
            return Stamp.TORN;
        }
    }

    @Override
    public String name() {
        return "SyncMap<String, String>";
    }

    @Override
    public long get(int key) {
        return number(map.get(text(key)));
    }

    @Override
    public long put(int key, long stamp) {
        return number(map.put(text(key), text(stamp)));
    }

    @Override
    public long putIfAbsent(int key, long stamp) {
        return number(map.putIfAbsent(text(key), text(stamp)));
    }

    @Override
    public boolean replace(int key, long expected, long stamp) {
        return map.replace(text(key), text(expected), text(stamp));
    }

    @Override
    public boolean remove(int key, long expected) {
        return map.remove(text(key), text(expected));
    }

    @Override
    public void forEach(Action action) {
        map.forEach((key, value) -> action.accept((int) number(key), number(value)));
    }

    @Override
    public MapStats stats() {
        return map.stats();
    }

    @Override
    public void check() {
        map.check();
    }

    @Override
    public void free() {
        map.free();
    }
}
