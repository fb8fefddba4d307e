package io.memmap.kafka;

import io.memmap.HeapExhaustedException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The entries of a window or session store whose times lie in one interval. */
final class Segment {
    static final byte[] NOTHING = {};
    private static final String BY_TIME = " by time";

    final ByteMap entries;
    /**
     * The order of time: a map from a time of 8 bytes and a key of {@link #entries} to nothing. Null if
     * the store is not time-ordered. At each moment it has the key of each entry, and perhaps of one
     * more.
     */
    final @Nullable ByteMap byTime;

    private Segment(ByteMap entries, @Nullable ByteMap byTime) {
        this.entries = entries;
        this.byTime = byTime;
    }

    /** Makes a segment or, in a persistent store, finds it. */
    static Segment make(AbstractStore store, long index, boolean timeOrdered) {
        ByteMap entries = store.map("/" + index, "");
        try {
            return new Segment(entries, timeOrdered ? store.map("/" + index, BY_TIME) : null);
        } catch (HeapExhaustedException full) {
            entries.free();
            throw full;
        }
    }

    /** Returns a key of {@link #byTime}. */
    static byte[] timed(long time, byte[] key) {
        return ByteBuffer.allocate(Long.BYTES + key.length)
                .putLong(time)
                .put(key)
                .array();
    }

    /** Returns the key of {@link #entries} in a key of {@link #byTime}. */
    static byte[] untimed(byte[] timed) {
        return Arrays.copyOfRange(timed, Long.BYTES, timed.length);
    }

    /** Returns the value of a key; null if there is none or the segment has been freed. */
    byte @Nullable [] get(byte[] key) {
        try {
            return entries.get(key);
        } catch (IllegalStateException failed) {
            if (entries.isEnded()) {
                return null;
            }
            throw failed;
        }
    }

    /** Puts an entry or, if the value is null, removes it. */
    void write(long time, byte[] key, byte @Nullable [] value) {
        if (value == null) {
            entries.remove(key);
            if (byTime != null) {
                byTime.remove(timed(time, key));
            }
        } else {
            if (byTime != null && !entries.contains(key)) {
                byTime.put(timed(time, key), NOTHING);
            }
            entries.put(key, value);
        }
    }

    /** Does the writes in their order. */
    void writeAll(List<Write> writes, KeyFormat format) {
        if (byTime == null) {
            entries.writeAll(writes);
        } else {
            writes.forEach(write -> write(format.time(write.key()), write.key(), write.value()));
        }
    }

    /** Returns the index of the segment that has a map with this name behind the path of its store. */
    static long index(String part) {
        return Long.parseLong(part.substring(1).replace(BY_TIME, ""));
    }

    /** Ends the use of the segment, which stays in a persistent store. */
    void end() {
        if (byTime != null) {
            byTime.end();
        }
        entries.end();
    }

    /** Frees the segment, as it has expired. */
    void free() {
        if (byTime != null) {
            byTime.free();
        }
        entries.free();
    }
}
