package io.memmap.kafka;

import io.memmap.HeapExhaustedException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.errors.TaskCorruptedException;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.query.PositionBound;
import org.apache.kafka.streams.query.Query;
import org.apache.kafka.streams.query.QueryConfig;
import org.apache.kafka.streams.query.QueryResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all stores share: their life, their part in the shared heap, their position and interactive
 * queries of version 2.
 *
 * <p>One thread writes at a time, that of the task or the one that restores it. Any threads read.
 * The writer changes the maps and the position under the lock of the position, so that the position
 * of a query's result is not ahead of the result.
 *
 * <p>A persistent store has maps with names, which stay in the file of the heap when the store is
 * closed. A {@link SavedStore} says up to which offset of the changelog they have everything. They may
 * have later records, too: to restore a record twice changes nothing.
 */
abstract class AbstractStore implements StateStore {
    private static final Logger LOG = LoggerFactory.getLogger(AbstractStore.class);

    private final String name;
    /** What the entries look like, in words; null if the store is not persistent. */
    private final @Nullable String form;

    final Position position = Position.emptyPosition();
    private volatile @Nullable StateStoreContext context;
    /** Null while the store has no map. Only the writer uses it. */
    private @Nullable SharedHeap heap;
    /** The path of a persistent store; null while {@link #heap} is. */
    private @Nullable String path;
    /** What the file of the heap has of a persistent store; null while {@link #heap} is. */
    private @Nullable SavedStore saved;
    /** Whether the records since the last commit are processed again if the process dies, and find the store. */
    private boolean repeats;

    private volatile boolean open;

    AbstractStore(String name, @Nullable String form) {
        this.name = name;
        this.form = form;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public void init(StateStoreContext stateStoreContext, @Nullable StateStore root) {
        context = stateStoreContext;
        try {
            openMaps();
        } catch (RuntimeException | Error failed) {
            close();
            throw failed;
        }
        open = true;
        if (root != null) {
            KafkaInternals.register(stateStoreContext, root, position, this::restore);
        }
    }

    /** Writes a batch of records of the changelog. */
    abstract void restore(Collection<ConsumerRecord<byte[], byte[]>> records);

    /** Makes or finds the maps that the store has from its start on. */
    abstract void openMaps();

    /** Ends the use of the maps of the store, by {@link ByteMap#end}. */
    abstract void endMaps();

    /** Returns what a persistent store keeps beside its maps. */
    abstract long[] marks();

    /** Frees what a store that {@link #repeats} needed until its last commit. */
    abstract void freeCommitted();

    /**
     * Returns whether the store must keep what it had at its last commit. The next process finds the
     * store as it is, and processes the records since then again. Under exactly-once it does not find
     * the store, and Kafka does not commit it until it closes.
     */
    final boolean repeats() {
        return repeats;
    }

    /**
     * Returns the heap for the maps. A store that has been closed takes part in the heap again, until
     * it is closed again, since Kafka may restore a store between.
     *
     * @throws TaskCorruptedException if a persistent store may have entries that were not committed
     */
    final SharedHeap heap() {
        SharedHeap now = heap;
        if (now == null) {
            StateStoreContext of = Objects.requireNonNull(context, "the store is not initialized");
            now = SharedHeap.acquire(of);
            try {
                if (form != null) {
                    open(now.saved(name), of, form);
                } else if (now.isPersistent()) {
                    LOG.info("Store {} is not persistent, as its supplier decides that", name);
                }
            } catch (RuntimeException | Error failed) {
                now.release();
                throw failed;
            }
            heap = now;
        }
        return now;
    }

    private void open(SavedStores stores, StateStoreContext of, String wanted) {
        String at = stores.path(Path.of(of.stateDir().getPath(), name).toAbsolutePath());
        SavedStore found = stores.find(at, wanted);
        // Stores of global tables have no task. Only committed records are written to them.
        boolean exactlyOnce = isExactlyOnce(of);
        if (exactlyOnce && !found.closed() && of.taskId().partition() >= 0) {
            throw new TaskCorruptedException(
                    Set.of(of.taskId()),
                    new ProcessorStateException("Store " + at + " was not closed, so it may have entries of a"
                            + " transaction that was not committed. Kafka restores it from its changelog"));
        }
        saved = found.with(false);
        stores.begin(at, saved);
        path = at;
        repeats = !exactlyOnce;
        position.merge(found.position());
    }

    private static boolean isExactlyOnce(StateStoreContext of) {
        return Objects.equals(
                of.appConfigs().get(StreamsConfig.PROCESSING_GUARANTEE_CONFIG), StreamsConfig.EXACTLY_ONCE_V2);
    }

    /**
     * Makes a map or, in a persistent store, finds it.
     *
     * @param part what tells the maps of a persistent store apart
     * @param suffix what the name of the map has behind it
     */
    final ByteMap map(String part, String suffix) {
        SharedHeap in = heap();
        String at = path;
        if (at != null) {
            return ByteMap.open(in.heap(), at + part + suffix, true);
        }
        return in.isPersistent()
                ? ByteMap.open(in.heap(), in.saved(name).temporary(name + suffix), false)
                : ByteMap.make(in.heap(), name + suffix);
    }

    /** Returns the parts of the names of all maps that a persistent store has, with their suffixes. */
    final List<String> parts() {
        SharedHeap in = heap();
        String at = path;
        return at == null
                ? List.of()
                : in.saved(name).mapsOf(at).stream()
                        .map(map -> map.substring(at.length()))
                        .toList();
    }

    /** Returns what a persistent store has kept; nothing if it is new. */
    final long[] savedMarks() {
        heap();
        SavedStore of = saved;
        return of == null ? new long[0] : of.marks();
    }

    @Override
    public final void commit(Map<TopicPartition, Long> changelogOffsets) {
        SavedStore before = saved;
        if (before != null) {
            // All offsets are cleared when the changelog does not have them: the entries count for nothing.
            boolean cleared = changelogOffsets.isEmpty() && !before.offsets().isEmpty();
            synchronized (position) {
                write(before.commit(changelogOffsets, cleared ? Position.emptyPosition() : position.copy(), marks()));
            }
            freeCommitted();
        }
    }

    private void write(SavedStore now) {
        try {
            heap().saved(name).write(Objects.requireNonNull(path), now);
            saved = now;
        } catch (HeapExhaustedException full) {
            throw full(full);
        }
    }

    @Override
    public final @Nullable Long committedOffset(TopicPartition partition) {
        SavedStore of = saved;
        return of == null ? null : of.offsets().get(partition);
    }

    @Override
    @SuppressWarnings("deprecation") // a store that does not manage its offsets is deprecated
    public final boolean managesOffsets() {
        return true;
    }

    @Override
    public final void close() {
        open = false;
        endMaps();
        SharedHeap now = heap;
        if (now != null) {
            try {
                closeSaved(now);
            } finally {
                heap = null;
                path = null;
                saved = null;
                now.release();
            }
        }
    }

    private void closeSaved(SharedHeap now) {
        String at = path;
        SavedStore of = saved;
        if (at != null && of != null) {
            try {
                now.saved(name).close(at, of.with(true));
            } catch (HeapExhaustedException full) {
                LOG.warn("Store {} has no room for the note that it was closed", at, full);
            }
        }
    }

    @Override
    public final boolean persistent() {
        return form != null;
    }

    @Override
    public final boolean isOpen() {
        return open;
    }

    @Override
    public final Position getPosition() {
        return position;
    }

    @Override
    public final <R> QueryResult<R> query(Query<R> query, PositionBound positionBound, QueryConfig config) {
        return KafkaInternals.query(query, positionBound, config, this, position, context);
    }

    /** Moves the position to the record that is being processed. */
    final void updatePosition() {
        KafkaInternals.updatePosition(position, context);
    }

    /** Returns the exception for a write that has no room. */
    final ProcessorStateException full(HeapExhaustedException cause) {
        return new ProcessorStateException(
                "Store " + name + " has no room for an entry. All stores of the application share one heap of "
                        + heap().heap().stats().maxBytes() + " bytes. Raise " + MemmapStoresConfig.MAX_BYTES_CONFIG
                        + ", or run more instances, so that this one has fewer tasks",
                cause);
    }

    /** Returns whether the first key is after the last one. Then there is a warning in the log. */
    static boolean isInvalidRange(@Nullable Bytes from, @Nullable Bytes to) {
        boolean invalid = from != null && to != null && from.compareTo(to) > 0;
        if (invalid) {
            // The words are those of Kafka's own stores, which logs are searched for.
            LOG.warn("Returning empty iterator for fetch with invalid key range: from > to."
                    + " This may be due to range arguments set in the wrong order,"
                    + " or serdes that don't preserve ordering when lexicographically comparing the serialized bytes."
                    + " Note that the built-in numerical serdes do not follow this for negative numbers");
        }
        return invalid;
    }
}
