package io.memmap.kafka;

import io.memmap.HeapExhaustedException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.metrics.Sensor;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.jspecify.annotations.Nullable;

/**
 * What window and session stores share: entries with a time, which expire.
 *
 * <p>Time is cut into segments of equal length, and each segment has a map of its own. The keys of
 * the map have a {@link KeyFormat}. So the entries of one record key are a range of the map, ordered
 * by time, and a lookup of one window or session is a lookup by hash. An entry lives until the
 * <em>stream time</em>, the largest time written so far, has passed it by the retention period. From
 * then on it is not found. When all of a segment's entries have expired, its map is freed at once; in
 * a persistent store with the next commit.
 *
 * <p>A store for results that are emitted when windows close is asked for all entries between two
 * times again and again. It is <em>time-ordered</em>: each segment has a second map, from the times
 * and keys to nothing, whose order is that of time first. Kafka reads the windows or sessions that a
 * record closes after it has written that record, when they are about to expire:
 *
 * <ul>
 *   <li>Windows that begin exactly a retention period before the stream time live on.
 *   <li>Sessions have expired when they close. A read by time finds them until the next write, and
 *       until the task's thread has read them by time, if it reads by time at all.
 * </ul>
 *
 * <p><b>Order.</b> If the entries of several record keys are asked for, they come by segment, then by
 * the bytes of their keys; those of a time-ordered store come by time, then by the bytes of their
 * keys. Kafka's record cache merges its own entries with these, and takes this order for granted: it
 * computes the order from {@link #cacheSegmentMs}.
 */
abstract class TimedStore extends AbstractStore {
    private static final long MIN_SEGMENT_MS = 1_000;
    /** As in Kafka's own stores: its record cache looks at each segment when it reads from a persistent store. */
    private static final long MIN_PERSISTENT_SEGMENT_MS = 60_000;

    final KeyFormat format;
    private final long retentionMs;
    private final long segmentMs;
    private final boolean timeOrdered;
    private final boolean keepsUntilRead;
    private final ConcurrentNavigableMap<Long, Segment> segments = new ConcurrentSkipListMap<>();
    private volatile long streamTime = -1;
    /** All entries from this time on are kept: {@link #firstLive}, or less if there are unread sessions. */
    private volatile long firstKept;
    /** The index of the segment of {@link #firstKept}. Segments before it have been freed, or are at the next commit. */
    private long firstSegment;
    /** The end of the last read by time of the writer's thread; -1 if there was none. */
    private long readUpTo = -1;

    /** The number of the last duplicate. Only the writer of a window store uses it. */
    int lastNumber;

    private volatile long writer = -1;
    private @Nullable Sensor dropped;

    TimedStore(String name, KeyFormat format, long retentionMs, boolean timeOrdered, @Nullable String form) {
        super(name, form);
        this.format = format;
        this.retentionMs = retentionMs;
        this.segmentMs = segmentMs(retentionMs, form != null);
        this.timeOrdered = timeOrdered;
        keepsUntilRead = timeOrdered && format == KeyFormat.SESSION;
    }

    /**
     * Returns the length of a segment. Expired entries take memory for this time at most, a quarter
     * of the retention period, unless that is too short; so there are five live segments at most, or
     * six.
     */
    static long segmentMs(long retentionMs, boolean persistent) {
        return Math.max(retentionMs / 4, persistent ? MIN_PERSISTENT_SEGMENT_MS : MIN_SEGMENT_MS);
    }

    /** Returns the length of segments by which Kafka's record cache computes the order of entries. */
    static long cacheSegmentMs(long retentionMs, boolean timeOrdered, boolean persistent) {
        return timeOrdered ? 1 : segmentMs(retentionMs, persistent);
    }

    @Override
    public void init(StateStoreContext stateStoreContext, @Nullable StateStore root) {
        dropped = KafkaInternals.droppedRecords(stateStoreContext);
        super.init(stateStoreContext, root);
    }

    /**
     * Returns the form of a persistent store. A store with segments of another length, for one, cannot
     * use its maps.
     */
    static String form(String format, long retentionMs, boolean timeOrdered) {
        return format + " store with segments of " + segmentMs(retentionMs, true) + " ms"
                + (timeOrdered ? " by time" : "");
    }

    @Override
    final void openMaps() {
        long[] marks = savedMarks(); // an error of the configuration ends the start of the task
        if (marks.length == 4) {
            streamTime = marks[0];
            firstKept = marks[1];
            readUpTo = marks[2];
            lastNumber = (int) marks[3];
            firstSegment = firstKept / segmentMs;
        }
        for (String part : parts()) {
            segment(Segment.index(part));
        }
        freeBefore(firstSegment);
    }

    @Override
    final long[] marks() {
        return new long[] {streamTime, firstKept, readUpTo, lastNumber};
    }

    @Override
    final void freeCommitted() {
        freeBefore(firstSegment);
    }

    @Override
    final void endMaps() {
        while (!segments.isEmpty()) {
            segments.pollFirstEntry().getValue().end();
        }
        streamTime = -1;
        firstKept = 0;
        firstSegment = 0;
        readUpTo = -1;
    }

    /** Returns the least time whose entries have not expired. */
    private long firstLive() {
        return Math.max(0, streamTime - retentionMs + (timeOrdered && format == KeyFormat.WINDOW ? 0 : 1));
    }

    /** Moves the stream time to at least {@code time}. Returns whether all entries of a segment have expired. */
    private boolean advance(long time) {
        long live = firstLive(); // before this write, as the sessions that it closes are read after it
        streamTime = Math.max(streamTime, time);
        firstKept =
                !keepsUntilRead ? firstLive() : Math.max(firstKept, readUpTo < 0 ? live : Math.min(live, readUpTo + 1));
        long first = firstKept / segmentMs;
        boolean expire = first > firstSegment;
        firstSegment = Math.max(first, firstSegment);
        return expire;
    }

    private void freeBefore(long index) {
        ConcurrentNavigableMap<Long, Segment> expired = segments.headMap(index, false);
        while (!expired.isEmpty()) {
            expired.pollFirstEntry().getValue().free();
        }
    }

    /** Puts or, if the value is null, removes an entry. Drops an entry that has expired. */
    final void write(byte[] bytes, byte @Nullable [] value) {
        long time = format.time(bytes);
        writer = Thread.currentThread().threadId();
        synchronized (position) {
            if (advance(time) && !repeats()) {
                freeBefore(firstSegment);
            }
            if (time >= firstKept) {
                write(time, bytes, value);
            } else if (value != null && dropped != null) {
                dropped.record();
            }
            updatePosition();
        }
    }

    /** Notes that all entries up to a time are read now. */
    final void readByTime(long to) {
        if (writer == Thread.currentThread().threadId()) {
            readUpTo = Math.max(readUpTo, Math.min(to, streamTime));
        }
    }

    private void write(long time, byte[] bytes, byte @Nullable [] value) {
        long index = time / segmentMs;
        try {
            Segment segment = value == null ? segments.get(index) : segment(index);
            if (segment != null) {
                segment.write(time, bytes, value);
            }
        } catch (HeapExhaustedException full) {
            throw full(full);
        }
    }

    /** Returns a segment, and makes it if there is none. */
    private Segment segment(long index) {
        Segment segment = segments.get(index);
        if (segment == null) {
            segment = Segment.make(this, index, timeOrdered);
            segments.put(index, segment);
        }
        return segment;
    }

    @Override
    void restore(Collection<ConsumerRecord<byte[], byte[]>> records) {
        for (ConsumerRecord<byte[], byte[]> record : records) {
            advance(format.time(record.key()));
        }
        freeBefore(firstSegment);
        Map<Long, List<Write>> writes = new LinkedHashMap<>();
        for (ConsumerRecord<byte[], byte[]> record : records) {
            long time = format.time(record.key());
            if (time < firstKept) {
                continue;
            }
            writes.computeIfAbsent(time / segmentMs, any -> new ArrayList<>())
                    .add(new Write(record.key(), record.value()));
        }
        try {
            writes.forEach((index, list) -> segment(index).writeAll(list, format));
        } catch (HeapExhaustedException full) {
            throw full(full);
        }
    }

    /** Returns the value of an entry; null if there is none or it has expired. */
    final byte @Nullable [] find(byte[] bytes) {
        long time = format.time(bytes);
        Segment segment = time < firstLive() ? null : segments.get(time / segmentMs);
        return segment == null ? null : segment.get(bytes);
    }

    /**
     * The entries to find.
     *
     * @param fromKey the first record key, or null for the first of all
     * @param toKey the last record key, or null for the last of all
     * @param from the first time
     * @param to the last time
     * @param maxNumber the largest number
     * @param forward whether the order is ascending
     */
    record Range(@Nullable Bytes fromKey, @Nullable Bytes toKey, long from, long to, long maxNumber, boolean forward) {
        private @Nullable Bytes onlyKey() {
            return fromKey != null && fromKey.equals(toKey) ? fromKey : null;
        }

        private boolean isByTime() {
            return fromKey == null && toKey == null;
        }

        private Range since(long first) {
            return new Range(fromKey, toKey, Math.max(from, first), to, maxNumber, forward);
        }
    }

    /**
     * An iterator over the entries of a range. It leaves out what has expired when it begins, and
     * what expires before it comes there. It ends when the store closes.
     *
     * @param <K> the class of the keys that it produces
     */
    abstract class Entries<K> extends EntryIterator<K> {
        private final Range range;
        private final @Nullable Bytes onlyKey;
        private final Iterator<Segment> rest;
        private @Nullable Segment segment;
        private @Nullable Iterator<Map.Entry<byte[], byte[]>> entries;

        Entries(Range wanted) {
            super(name());
            range = wanted.since(wanted.isByTime() ? firstKept : firstLive());
            onlyKey = range.onlyKey();
            if (range.to < range.from || isInvalidRange(range.fromKey, range.toKey)) {
                rest = List.<Segment>of().iterator();
            } else {
                ConcurrentNavigableMap<Long, Segment> within =
                        segments.subMap(range.from / segmentMs, true, range.to / segmentMs, true);
                rest = (range.forward ? within : within.descendingMap())
                        .values()
                        .iterator();
            }
        }

        @Override
        final Map.@Nullable Entry<byte[], byte[]> advance() {
            while (true) {
                Segment now = segment;
                Map.Entry<byte[], byte[]> next = now == null ? null : advanceIn(now);
                if (next != null || !rest.hasNext()) {
                    return next;
                }
                segment = rest.next();
                entries = null;
            }
        }

        private Map.@Nullable Entry<byte[], byte[]> advanceIn(Segment in) {
            ByteMap byTime = onlyKey == null ? in.byTime : null;
            try {
                Iterator<Map.Entry<byte[], byte[]>> from = entries;
                if (from == null) {
                    from = byTime == null ? byKey(in.entries) : byTime(byTime);
                    entries = from;
                }
                while (from.hasNext()) {
                    Map.Entry<byte[], byte[]> next = from.next();
                    if (byTime == null) {
                        if (isWanted(next.getKey())) {
                            return next;
                        }
                        continue;
                    }
                    byte[] bytes = Segment.untimed(next.getKey());
                    byte[] value = isWanted(bytes) ? in.entries.get(bytes) : null;
                    if (value != null) { // else it has been removed meanwhile
                        return Map.entry(bytes, value);
                    }
                }
            } catch (IllegalStateException failed) {
                if (!in.entries.isEnded()) {
                    throw failed;
                }
            }
            return null;
        }

        private Iterator<Map.Entry<byte[], byte[]>> byKey(ByteMap of) {
            if (onlyKey != null) {
                return of.iterator(
                        format.first(onlyKey, range.from), format.last(onlyKey, range.to), true, range.forward);
            }
            return of.iterator(
                    range.fromKey == null ? null : range.fromKey.get(),
                    range.toKey == null ? null : format.lastOfUpTo(range.toKey, range.to),
                    true,
                    range.forward);
        }

        private Iterator<Map.Entry<byte[], byte[]>> byTime(ByteMap of) {
            return of.iterator(
                    Segment.timed(range.from, Segment.NOTHING),
                    range.to == Long.MAX_VALUE ? null : Segment.timed(range.to + 1, Segment.NOTHING),
                    false,
                    range.forward);
        }

        private boolean isWanted(byte[] bytes) {
            if (format.number(bytes) > range.maxNumber) {
                return false;
            }
            if (onlyKey != null) {
                return format.hasKey(bytes, onlyKey);
            }
            long time = format.time(bytes);
            return time >= range.from
                    && time <= range.to
                    && (range.fromKey == null || format.compareKey(bytes, range.fromKey) >= 0)
                    && (range.toKey == null || format.compareKey(bytes, range.toKey) <= 0);
        }

        @Override
        final boolean isGone(byte[] bytes) {
            return segment != null && segment.entries.isEnded() && !isOpen();
        }
    }
}
