package io.memmap.kafka;

import static io.memmap.kafka.StoreContexts.bytes;
import static io.memmap.kafka.StoreContexts.key;
import static io.memmap.kafka.StoreContexts.list;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.memmap.HeapFileException;
import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.format.HeapLayout;
import io.memmap.observe.MemStats;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.common.utils.LogCaptureAppender;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.MockTime;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;
import org.apache.kafka.streams.DslStoreFormat;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.errors.TaskCorruptedException;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.internals.SessionWindow;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.internals.MockStreamsMetrics;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;
import org.apache.kafka.streams.processor.internals.metrics.StreamsMetricsImpl;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.DslSessionParams;
import org.apache.kafka.streams.state.DslWindowParams;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.SessionStore;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.internals.ThreadCache;
import org.apache.kafka.test.InternalMockProcessorContext;
import org.apache.kafka.test.MockRecordCollector;
import org.apache.kafka.test.StreamsTestUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Persistent stores are there again after a restart, with their offsets. These tests make the calls
 * that Kafka makes. A process that dies leaves the files as they are: a copy of them, made while the
 * stores are open, is what the next process finds.
 */
class PersistentStoreTest {
    private static final TopicPartition CHANGELOG = new TopicPartition("changelog", 0);
    private static final TaskId TASK = new TaskId(0, 0);

    @TempDir
    private Path temporary;

    /** The directory {@code state.dir}. */
    private Path state;

    private final Map<String, Object> settings = new HashMap<>();
    private int kills;
    /** Stands for the {@code KafkaStreams} object. */
    private StreamsMetricsImpl metrics;

    @BeforeEach
    void begin() {
        state = temporary.resolve("state");
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, "application");
        settings.put(MemmapStoresConfig.PERSISTENT_CONFIG, true);
        settings.put(MemmapStoresConfig.MAX_BYTES_CONFIG, 4 << 20);
        restart();
    }

    /** From now on stores belong to a new {@code KafkaStreams} object. */
    private void restart() {
        metrics = new StreamsMetricsImpl(new Metrics(), "mock", new MockTime());
    }

    /** Goes on with what the file system has now, as if the process had died. */
    private void kill(StateStore... open) throws IOException {
        Path copy = temporary.resolve("copy" + kills++);
        Files.walkFileTree(state, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes any) throws IOException {
                Files.createDirectory(copy.resolve(state.relativize(directory)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes any) throws IOException {
                Files.copy(file, copy.resolve(state.relativize(file)));
                return FileVisitResult.CONTINUE;
            }
        });
        for (StateStore store : open) {
            store.close();
        }
        state = copy;
        restart();
    }

    private Path directory() {
        return state.resolve("application");
    }

    private Path file() {
        return directory().resolve("memmap.heap");
    }

    private InternalMockProcessorContext<?, ?> context(TaskId task) {
        Properties properties = StreamsTestUtils.getStreamsConfig();
        properties.putAll(settings);
        properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        File directory = directory()
                .resolve(task.partition() < 0 ? "global" : task.toString())
                .toFile();
        return new InternalMockProcessorContext<>(
                directory,
                Serdes.Bytes(),
                Serdes.ByteArray(),
                metrics,
                new StreamsConfig(properties),
                MockRecordCollector::new,
                new ThreadCache(new LogContext(), 0, new MockStreamsMetrics(new Metrics())),
                Time.SYSTEM,
                task);
    }

    private <S extends StateStore> S open(S store) {
        return open(TASK, store);
    }

    private <S extends StateStore> S open(TaskId task, S store) {
        InternalMockProcessorContext<?, ?> context = context(task);
        store.init(context, store);
        return store;
    }

    private KeyValueStore<Bytes, byte[]> openValues() {
        return open(values());
    }

    private static KeyValueStore<Bytes, byte[]> values() {
        return MemmapStores.persistentKeyValueStore("values").get();
    }

    private static WindowStore<Bytes, byte[]> windows(Duration retention) {
        return MemmapStores.persistentWindowStore("windows", retention, ofMillis(5), false)
                .get();
    }

    private MemmapDslStoreSuppliers suppliers() {
        var suppliers = new MemmapDslStoreSuppliers();
        suppliers.configure(settings);
        return suppliers;
    }

    /** Returns the bytes in use by the maps of the file. */
    private long inUse() {
        SharedHeap heap = SharedHeap.acquire(context(TASK));
        try {
            return heap.heap().stats().inUse();
        } finally {
            heap.release();
        }
    }

    private Set<String> maps() {
        SharedHeap heap = SharedHeap.acquire(context(TASK));
        try {
            return heap.heap().maps().keySet();
        } finally {
            heap.release();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRestartFindsEntriesOffsetAndPosition(boolean killed) throws IOException {
        int heaps = MemStats.read().heaps().size();
        KeyValueStore<Bytes, byte[]> store = values();
        InternalMockProcessorContext<?, ?> context = context(TASK);
        store.init(context, store);
        assertThat(store.persistent()).isTrue();
        assertThat(store.committedOffset(CHANGELOG)).isNull();
        context.setRecordContext(new ProcessorRecordContext(0, 17, 2, "topic", new RecordHeaders()));
        store.put(key("k1"), bytes("v1"));
        store.put(key("k2"), bytes("v2"));
        store.commit(Map.of(CHANGELOG, 1L));
        assertThat(store.committedOffset(CHANGELOG)).isEqualTo(1);
        context.setRecordContext(new ProcessorRecordContext(0, 18, 2, "topic", new RecordHeaders()));
        store.put(key("k3"), bytes("v3"));
        if (killed) {
            kill(store);
        } else {
            store.close();
            assertThat(MemStats.read().heaps()).hasSize(heaps);
            restart();
        }

        KeyValueStore<Bytes, byte[]> again = values();
        context = context(TASK);
        again.init(context, again);
        assertThat(list(again.all())).hasSize(3);
        assertThat(again.get(key("k3"))).isEqualTo(bytes("v3"));
        assertThat(again.committedOffset(CHANGELOG)).isEqualTo(1);
        assertThat(again.committedOffset(new TopicPartition("changelog", 1))).isNull();
        assertThat(again.getPosition()).isEqualTo(Position.emptyPosition().withComponent("topic", 2, 17));
        context.restore("values", List.of(KeyValue.pair(bytes("k3"), bytes("v3")), KeyValue.pair(bytes("k1"), null)));
        assertThat(list(again.all())).hasSize(2);
        again.close();
        assertThat(MemStats.read().heaps()).hasSize(heaps);
    }

    @Test
    void commitsClearOffsets() {
        TopicPartition other = new TopicPartition("other", 7);
        KeyValueStore<Bytes, byte[]> store = openValues();
        store.commit(Map.of(CHANGELOG, 1L, other, 2L));
        store.commit(Collections.singletonMap(other, null));
        assertThat(store.committedOffset(CHANGELOG)).isEqualTo(1);
        assertThat(store.committedOffset(other)).isNull();
        store.commit(Map.of());
        assertThat(store.committedOffset(CHANGELOG)).isNull();
        store.close();
        store = openValues();
        assertThat(store.committedOffset(CHANGELOG)).isNull();
        store.close();
    }

    /** The stream time decides what has expired; the number of a duplicate must not come twice. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aRestartKeepsTimesAndNumbers(boolean killed) throws IOException {
        Supplier<WindowStore<Bytes, byte[]>> supplier =
                () -> MemmapStores.persistentWindowStore("windows", ofMinutes(4), ofMillis(5), true)
                        .get();
        WindowStore<Bytes, byte[]> store = open(supplier.get());
        store.put(key("k"), bytes("expired"), 60_000); // in a segment that has not expired
        store.put(key("k"), bytes("first"), 300_000);
        store.put(key("k"), bytes("second"), 300_000);
        store.commit(Map.of(CHANGELOG, 2L));
        if (killed) {
            kill(store);
        } else {
            store.close();
            restart();
        }
        WindowStore<Bytes, byte[]> again = open(supplier.get());
        assertThat(list(again.all())).hasSize(2);
        assertThat(list(again.fetch(key("k"), 0, Long.MAX_VALUE))).containsExactly("300000=first", "300000=second");
        again.put(key("k"), bytes("too late"), 60_000);
        again.put(key("k"), bytes("third"), 300_000);
        assertThat(list(again.fetch(key("k"), 0, Long.MAX_VALUE)))
                .containsExactly("300000=first", "300000=second", "300000=third");
        again.close();
    }

    /** The record that has moved the stream time is processed again, and may emit what expires. */
    @Test
    void aKillLeavesWhatHasExpiredSinceTheCommit() throws IOException {
        WindowStore<Bytes, byte[]> store = open(windows(ofMinutes(4)));
        store.put(key("k"), bytes("v"), 1_000);
        store.commit(Map.of(CHANGELOG, 0L));
        store.put(key("k"), bytes("v"), 600_000);
        assertThat(list(store.all())).hasSize(1);
        kill(store);
        WindowStore<Bytes, byte[]> again = open(windows(ofMinutes(4)));
        assertThat(list(again.all())).hasSize(2);
        again.put(key("k"), bytes("v"), 600_000);
        assertThat(list(again.all())).hasSize(1);
        assertThat(maps()).containsExactly("0_0/windows/0", "0_0/windows/10", "stores");
        again.commit(Map.of(CHANGELOG, 1L));
        assertThat(maps()).containsExactly("0_0/windows/10", "stores");
        again.close();
    }

    /** Kafka does not commit a store under exactly-once until it closes it. */
    @Test
    void segmentsExpireAtOnceUnderExactlyOnce() {
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        WindowStore<Bytes, byte[]> store = open(windows(ofMinutes(4)));
        store.put(key("k"), bytes("v"), 1_000);
        assertThat(maps()).contains("0_0/windows/0");
        store.put(key("k"), bytes("v"), 600_000);
        assertThat(maps()).containsExactly("0_0/windows/10", "stores");
        store.close();
    }

    /** Operations at random, with restarts and kills, against a store that lives on. */
    @ParameterizedTest
    @ValueSource(strings = {"values", "windows", "windows by time", "sessions", "sessions by time"})
    void aStoreThatRestartsEqualsOneThatLives(String kind) throws IOException {
        Random random = new Random();
        long seed = random.nextLong();
        random.setSeed(seed);
        AbstractStore model = store(kind, new MemmapDslStoreSuppliers());
        Map<String, Object> persistent = new HashMap<>(settings);
        settings.remove(MemmapStoresConfig.PERSISTENT_CONFIG);
        open(model);
        settings.putAll(persistent);
        restart();
        AbstractStore store = open(store(kind, suppliers()));
        List<KeyValue<byte[], byte[]>> changelog = new ArrayList<>();
        long time = 1_000_000;
        for (int i = 0; i < 600; i++) {
            time += random.nextInt(4_000);
            byte[] bytes = bytes("key " + random.nextInt(100));
            byte[] value = random.nextInt(4) == 0 ? null : bytes("value " + i + "x".repeat(random.nextInt(200)));
            KeyValue<byte[], byte[]> record = record(kind, bytes, time - random.nextInt(310_000), value);
            write(model, record);
            write(store, record);
            changelog.add(record);
            switch (random.nextInt(kind.equals("values") ? 20 : 40)) {
                case 0, 1, 2 -> store.commit(Map.of(CHANGELOG, changelog.size() - 1L));
                case 3 -> {
                    if (random.nextBoolean()) {
                        kill(store);
                    } else {
                        store.close();
                        restart();
                    }
                    store = store(kind, suppliers());
                    InternalMockProcessorContext<?, ?> context = context(TASK);
                    store.init(context, store);
                    Long offset = store.committedOffset(CHANGELOG);
                    context.restore(
                            store.name(),
                            changelog.subList(offset == null ? 0 : offset.intValue() + 1, changelog.size()));
                }
                default -> {}
            }
            if (i % 10 == 0) {
                assertThat(entries(store)).as("seed %d", seed).isEqualTo(entries(model));
            }
        }
        store.close();
        model.close();
    }

    private static AbstractStore store(String kind, MemmapDslStoreSuppliers suppliers) {
        EmitStrategy emit = kind.endsWith("by time") ? EmitStrategy.onWindowClose() : EmitStrategy.onWindowUpdate();
        return (AbstractStore)
                switch (kind) {
                    case "values" ->
                        suppliers
                                .keyValueStore(new org.apache.kafka.streams.state.DslKeyValueParams(
                                        "s", DslStoreFormat.TIMESTAMPED))
                                .get();
                    case "windows", "windows by time" ->
                        suppliers
                                .windowStore(new DslWindowParams(
                                        "s", ofMinutes(5), ofMillis(5), false, emit, false, DslStoreFormat.TIMESTAMPED))
                                .get();
                    default ->
                        suppliers
                                .sessionStore(new DslSessionParams("s", ofMinutes(5), emit, DslStoreFormat.HEADERS))
                                .get();
                };
    }

    private static KeyValue<byte[], byte[]> record(String kind, byte[] key, long time, byte[] value) {
        byte[] changelogKey = switch (kind) {
            case "values" -> key;
            case "windows", "windows by time" -> KeyFormat.WINDOW.bytes(Bytes.wrap(key), time, 0);
            default -> KeyFormat.SESSION.bytes(Bytes.wrap(key), time, time - 10);
        };
        return KeyValue.pair(changelogKey, value);
    }

    @SuppressWarnings("unchecked")
    private static void write(AbstractStore store, KeyValue<byte[], byte[]> record) {
        switch (store) {
            case MemmapKeyValueStore values -> values.put(Bytes.wrap(record.key), record.value);
            case MemmapWindowStore windows ->
                windows.put(KeyFormat.WINDOW.key(record.key), record.value, KeyFormat.WINDOW.time(record.key));
            default -> {
                long end = KeyFormat.SESSION.time(record.key);
                ((SessionStore<Bytes, byte[]>) store)
                        .put(
                                new Windowed<>(
                                        KeyFormat.SESSION.key(record.key),
                                        new SessionWindow(KeyFormat.SESSION.number(record.key), end)),
                                record.value);
            }
        }
    }

    private static List<String> entries(AbstractStore store) {
        return switch (store) {
            case MemmapKeyValueStore values -> list(values.all());
            case MemmapWindowStore windows -> {
                List<String> all = new ArrayList<>(list(windows.fetchAll(0, Long.MAX_VALUE)));
                all.addAll(list(windows.all()));
                yield all;
            }
            default -> list(((MemmapSessionStore) store).findSessions(key("a"), key("z"), 0, Long.MAX_VALUE));
        };
    }

    @Test
    void aKillUnderExactlyOnceIsACorruptedTask() throws IOException {
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        KeyValueStore<Bytes, byte[]> store = openValues();
        store.put(key("k"), bytes("v"));
        store.commit(Map.of(CHANGELOG, 0L));
        store.close();
        restart();

        KeyValueStore<Bytes, byte[]> closed = openValues();
        assertThat(closed.committedOffset(CHANGELOG)).isZero();
        assertThat(closed.get(key("k"))).isEqualTo(bytes("v"));
        closed.put(key("k"), bytes("uncommitted"));
        kill(closed);

        int heaps = MemStats.read().heaps().size();
        for (int i = 0; i < 2; i++) { // at the start of KafkaStreams, and when the task is assigned
            KeyValueStore<Bytes, byte[]> dirty = values();
            assertThatExceptionOfType(TaskCorruptedException.class)
                    .isThrownBy(() -> open(dirty))
                    .satisfies(
                            corrupted -> assertThat(corrupted.corruptedTasks()).containsExactly(TASK));
            assertThat(dirty.isOpen()).isFalse();
            dirty.close();
            assertThat(MemStats.read().heaps()).hasSize(heaps);
        }
        Utils.delete(directory().resolve("0_0").toFile()); // as Kafka does then
        KeyValueStore<Bytes, byte[]> again = openValues();
        assertThat(again.committedOffset(CHANGELOG)).isNull();
        assertThat(again.get(key("k"))).isNull();
        again.close();
    }

    @Test
    void aGlobalStoreHasOnlyCommittedRecords() throws IOException {
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        TaskId global = new TaskId(-1, -1);
        KeyValueStore<Bytes, byte[]> store = open(global, values());
        store.put(key("k"), bytes("v"));
        store.commit(Map.of(CHANGELOG, 0L));
        kill(store);
        KeyValueStore<Bytes, byte[]> again = open(global, values());
        assertThat(again.committedOffset(CHANGELOG)).isZero();
        again.close();
    }

    @Test
    void storesGoWithTheDirectoriesOfTheirTasks() throws IOException {
        openValues().close();
        restart();
        long before = inUse();
        TaskId other = new TaskId(1, 3);
        WindowStore<Bytes, byte[]> windows = open(
                other,
                suppliers()
                        .windowStore(new DslWindowParams(
                                "windows",
                                ofMinutes(4),
                                ofMillis(5),
                                false,
                                EmitStrategy.onWindowClose(),
                                false,
                                DslStoreFormat.TIMESTAMPED))
                        .get());
        for (int i = 0; i < 1_000; i++) {
            windows.put(key("key " + i), bytes("value " + i), i * 50L);
        }
        windows.close();
        restart();
        assertThat(maps()).contains("0_0/values", "1_3/windows/0", "1_3/windows/0 by time");
        assertThat(inUse()).isGreaterThan(before);
        Utils.delete(directory().resolve("1_3").toFile());
        assertThat(maps()).containsExactly("0_0/values", "stores");
        assertThat(inUse()).isEqualTo(before);
    }

    @Test
    void storesGoWhileOthersWork() throws IOException {
        settings.put(StreamsConfig.STATE_CLEANUP_DELAY_MS_CONFIG, 0);
        KeyValueStore<Bytes, byte[]> store = openValues();
        KeyValueStore<Bytes, byte[]> other = open(new TaskId(1, 0), values());
        store.put(key("k"), bytes("v"));
        other.put(key("k"), bytes("v"));
        other.close();
        assertThat(maps()).contains("1_0/values");
        Utils.delete(directory().toFile());
        Instant deadline = Instant.now().plus(ofMinutes(1));
        while (maps().contains("1_0/values")) {
            assertThat(Instant.now()).isBefore(deadline);
        }
        assertThat(maps()).contains("0_0/values");
        assertThat(store.get(key("k"))).isEqualTo(bytes("v"));
        store.close();
    }

    /** Under exactly-once, Kafka does this when a task fails and is made anew. */
    @Test
    void aStoreBeginsEmptyWhenItsDirectoryWasDeleted() throws IOException {
        KeyValueStore<Bytes, byte[]> keepsHeapOpen = open(new TaskId(1, 0), values());
        KeyValueStore<Bytes, byte[]> store = openValues();
        store.put(key("k"), bytes("v"));
        store.commit(Map.of(CHANGELOG, 0L));
        store.close();
        Utils.delete(directory().resolve("0_0").toFile());
        open(TASK, store);
        assertThat(store.get(key("k"))).isNull();
        assertThat(store.committedOffset(CHANGELOG)).isNull();
        store.close();
        keepsHeapOpen.close();
    }

    @Test
    void aTaskComesBack() {
        KeyValueStore<Bytes, byte[]> keepsHeapOpen = open(new TaskId(1, 0), values());
        for (int i = 0; i < 3; i++) {
            KeyValueStore<Bytes, byte[]> store = openValues();
            assertThat(store.committedOffset(CHANGELOG)).isEqualTo(i == 0 ? null : (Long) (i - 1L));
            store.put(key("k" + i), bytes("v"));
            assertThat(store.approximateNumEntries()).isEqualTo(i + 1);
            store.commit(Map.of(CHANGELOG, (long) i));
            store.close();
        }
        keepsHeapOpen.close();
    }

    @Test
    void aStoreOfAnotherFormBeginsEmpty() {
        WindowStore<Bytes, byte[]> store = open(windows(ofMinutes(4)));
        store.put(key("k"), bytes("v"), 1);
        store.commit(Map.of(CHANGELOG, 0L));
        store.close();
        WindowStore<Bytes, byte[]> same = open(windows(ofMinutes(4)));
        assertThat(same.committedOffset(CHANGELOG)).isZero();
        same.close();
        WindowStore<Bytes, byte[]> other = open(windows(ofMinutes(8)));
        assertThat(other.committedOffset(CHANGELOG)).isNull();
        assertThat(list(other.all())).isEmpty();
        other.close();
    }

    enum Damage {
        LOST,
        TEXT,
        EMPTY,
        SHORT,
        LOST_POWER,
        HEADER,
        OLD_VERSION,
        OTHER_HEAP
    }

    @ParameterizedTest
    @EnumSource(Damage.class)
    void storesBeginEmptyIfTheFileCannotBeUsed(Damage damage) throws IOException {
        KeyValueStore<Bytes, byte[]> store = openValues();
        store.put(key("k"), bytes("v"));
        store.commit(Map.of(CHANGELOG, 0L));
        store.close();
        restart();
        damage(damage);
        try (LogCaptureAppender log = LogCaptureAppender.createAndRegister(SavedStores.class)) {
            KeyValueStore<Bytes, byte[]> again = openValues();
            assertThat(again.committedOffset(CHANGELOG)).isNull();
            assertThat(again.get(key("k"))).isNull();
            again.put(key("k"), bytes("v"));
            again.commit(Map.of(CHANGELOG, 5L));
            again.close();
            List<String> warnings = log.getMessages("WARN");
            if (damage == Damage.LOST) {
                assertThat(warnings).isEmpty();
            } else {
                assertThat(warnings).singleElement().asString().contains(file().toString(), "Kafka restores all");
            }
        }
        Path refused = directory().resolve("memmap.heap.refused");
        assertThat(Files.exists(refused)).isEqualTo(damage != Damage.LOST && damage != Damage.LOST_POWER);
        restart();
        KeyValueStore<Bytes, byte[]> again = openValues();
        assertThat(again.committedOffset(CHANGELOG)).isEqualTo(5);
        again.close();
    }

    private void damage(Damage damage) throws IOException {
        switch (damage) {
            case LOST -> Files.delete(file());
            case TEXT -> Files.writeString(file(), "Here is something else. ".repeat(1000));
            case EMPTY -> Files.write(file(), new byte[0]);
            case SHORT -> {
                try (FileChannel file = FileChannel.open(file(), StandardOpenOption.WRITE)) {
                    file.truncate(2 * HeapLayout.PAGE_BYTES); // in the tables of the heap
                }
            }
            case LOST_POWER -> {
                write(HeapLayout.FILE_STATE_OFFSET, 4, HeapLayout.FILE_OPEN);
                write(HeapLayout.BOOT_ID_OFFSET, 8, 1);
            }
            case HEADER -> write(HeapLayout.CLOSE_CHECK_OFFSET, 4, 1);
            case OLD_VERSION -> write(HeapLayout.VERSION_OFFSET, 4, 1);
            case OTHER_HEAP -> {
                Files.delete(file());
                try (NativeHeap heap =
                        NativeHeap.builder().maxBytes(4 << 20).file(file()).open()) {
                    LongLongMap.open(heap, "stores").put(1, 1);
                }
            }
        }
    }

    private void write(long offset, int length, long value) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(8).order(ByteOrder.nativeOrder()).putLong(value);
        try (FileChannel file = FileChannel.open(file(), StandardOpenOption.WRITE)) {
            file.write(bytes.flip().limit(length), offset);
        }
    }

    @Test
    void anotherApplicationCannotHaveTheFile() {
        KeyValueStore<Bytes, byte[]> store = openValues();
        restart(); // a KafkaStreams object beside
        assertThatExceptionOfType(ProcessorStateException.class)
                .isThrownBy(this::openValues)
                .withMessageContaining(file().toString())
                .havingCause()
                .isInstanceOfSatisfying(
                        HeapFileException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(HeapFileException.Reason.IN_USE));
        store.close();
        openValues().close();
    }

    @Test
    void theFileIsASetting() throws IOException {
        Path elsewhere = temporary.resolve("elsewhere").resolve("stores.heap");
        settings.put(MemmapStoresConfig.FILE_CONFIG, elsewhere.toString());
        openValues().close();
        assertThat(elsewhere).isRegularFile();
        assertThat(file()).doesNotExist();
        settings.put(MemmapStoresConfig.FILE_CONFIG, Files.createFile(temporary.resolve("f")) + "/stores.heap");
        restart();
        assertThatExceptionOfType(ProcessorStateException.class)
                .isThrownBy(this::openValues)
                .withMessageContaining("f/stores.heap");
    }

    /** A file that is refused stays in its place if no other file can take it. */
    @Test
    void aMachineThatCannotHaveAnotherFileLeavesIt() throws IOException {
        openValues().close();
        byte[] damaged = Files.readAllBytes(file());
        damaged[0]++;
        Files.write(file(), damaged);
        Path obstacle = Files.createDirectory(file().resolveSibling(file().getFileName() + ".new"));
        for (int i = 0; i < 2; i++) {
            restart();
            assertThatExceptionOfType(ProcessorStateException.class)
                    .isThrownBy(this::openValues)
                    .withMessageContaining("Is a directory");
            assertThat(file()).hasBinaryContent(damaged);
        }
        Files.delete(obstacle);
        restart();
        openValues().close();
    }

    @Test
    void aFileIsNotLargerThanItWasMade() {
        openValues().close();
        settings.put(MemmapStoresConfig.MAX_BYTES_CONFIG, 1L << 40);
        restart();
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(this::openValues)
                .withMessageContaining("memmap.max.bytes")
                .withMessageContaining("1099511627776")
                .withMessageContaining("delete the file");
    }

    @Test
    void persistentStoresNeedTheSetting() {
        settings.remove(MemmapStoresConfig.PERSISTENT_CONFIG);
        int heaps = MemStats.read().heaps().size();
        assertThatExceptionOfType(ConfigException.class)
                .isThrownBy(this::openValues)
                .withMessageContaining("memmap.persistent")
                .withMessageContaining("store values is persistent");
        assertThat(MemStats.read().heaps()).hasSize(heaps);
        assertThat(suppliers()
                        .sessionStore(new DslSessionParams(
                                "s", ofMinutes(1), EmitStrategy.onWindowUpdate(), DslStoreFormat.PLAIN))
                        .get()
                        .persistent())
                .isFalse();
    }

    @Test
    void aStoreThatIsNotPersistentEndsInTheFileToo() throws IOException {
        openValues().close();
        restart();
        long before = inUse();
        KeyValueStore<Bytes, byte[]> store =
                open(MemmapStores.keyValueStore("short").get());
        store.put(key("k"), bytes("v"));
        assertThat(store.persistent()).isFalse();
        store.commit(Map.of(CHANGELOG, 0L));
        assertThat(store.committedOffset(CHANGELOG)).isNull();
        kill(store);
        assertThat(maps()).containsExactly("0_0/values", "stores");
        assertThat(inUse()).isEqualTo(before);
    }

    @Test
    void aNoteThatIsNotWholeIsNone() {
        SavedStore saved = SavedStore.begin("form")
                .commit(
                        new LinkedHashMap<>(Map.of(CHANGELOG, 3L)),
                        Position.emptyPosition().withComponent("topic", 1, 2),
                        new long[] {4, 5});
        byte[] bytes = saved.bytes();
        SavedStore read = SavedStore.of(bytes);
        assertThat(read).usingRecursiveComparison().isEqualTo(saved);
        for (int length = 0; length < bytes.length; length++) {
            assertThat(SavedStore.of(Arrays.copyOf(bytes, length)))
                    .as("%d bytes", length)
                    .isNull();
        }
        bytes[0]++;
        assertThat(SavedStore.of(bytes)).isNull();
    }
}
