package io.memmap.kafka;

import io.memmap.NativeHeap;
import io.memmap.Pages;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;

/**
 * The keys of the settings that the stores read from the configuration of the application, next to
 * the keys of {@code StreamsConfig}. All of them begin with {@code memmap.} and none is required.
 * The first store of a {@code KafkaStreams} object that opens reads them.
 */
public final class MemmapStoresConfig {
    /**
     * {@code memmap.max.bytes}: the most bytes that all stores of one {@code KafkaStreams} object
     * take outside the Java heap, from 1048576 (1 MiB) to 4398046511104 (4 TiB). A write that has no
     * room fails with a {@code ProcessorStateException}. The default is the memory that the machine
     * or the container shows to the process.
     *
     * @see NativeHeap.Builder#maxBytes
     */
    public static final String MAX_BYTES_CONFIG = "memmap.max.bytes";

    /**
     * {@code memmap.pages}: {@code small} (the default) or {@code huge}, the pages of memory that
     * the stores ask the operating system for.
     *
     * @see NativeHeap.Builder#pages
     */
    public static final String PAGES_CONFIG = "memmap.pages";

    /**
     * {@code memmap.persistent}: whether the stores of the application are persistent, {@code false} by
     * default. If it is true, the heap of the stores is in a file, {@link MemmapDslStoreSuppliers}
     * supplies persistent stores, and {@link MemmapStores} can. After a restart, and after a crash of
     * the process, Kafka restores only the tail of their changelogs. If the processing guarantee is
     * exactly-once, a crash means that Kafka restores all of them, as with RocksDB. So does a machine
     * that goes down while the application runs.
     *
     * <p>The file needs Linux and native access.
     *
     * @see NativeHeap.Builder#file
     */
    public static final String PERSISTENT_CONFIG = "memmap.persistent";

    /**
     * {@code memmap.file}: the file of the heap if the stores are {@linkplain #PERSISTENT_CONFIG
     * persistent}. The default is {@code memmap.heap} in the directory of the application below {@code
     * state.dir}. Each application and instance needs a file of its own.
     */
    public static final String FILE_CONFIG = "memmap.file";

    private MemmapStoresConfig() {}

    /** Opens a heap in memory, for many threads, as the configuration says. */
    static NativeHeap openHeap(Map<String, ?> configs) {
        return builder(configs).open();
    }

    /** Opens the heap of persistent stores, if the configuration wants them; null if not. */
    static @Nullable SavedStores openSaved(Map<String, ?> configs) {
        if (!isPersistent(configs)) {
            return null;
        }
        NativeHeap.Builder builder = builder(configs);
        String file = (String) parse(configs, FILE_CONFIG, ConfigDef.Type.STRING);
        Path directory = Path.of(
                        String.valueOf(configs.get(StreamsConfig.STATE_DIR_CONFIG)),
                        String.valueOf(configs.get(StreamsConfig.APPLICATION_ID_CONFIG)))
                .toAbsolutePath();
        Path path = file == null ? directory.resolve("memmap.heap") : Path.of(file);
        try {
            return SavedStores.open(builder, path, directory);
        } catch (IllegalArgumentException outside) {
            throw new ConfigException(
                    MAX_BYTES_CONFIG,
                    configs.get(MAX_BYTES_CONFIG),
                    outside.getMessage() + "; or delete the file, so that Kafka restores the stores");
        }
    }

    /** Returns whether the stores of the application are persistent. */
    static boolean isPersistent(Map<String, ?> configs) {
        return Boolean.TRUE.equals(parse(configs, PERSISTENT_CONFIG, ConfigDef.Type.BOOLEAN));
    }

    /** Returns how often Kafka deletes the directories of tasks that are elsewhere now. */
    static long cleanupMs(Map<String, ?> configs) {
        Long ms = (Long) parse(configs, StreamsConfig.STATE_CLEANUP_DELAY_MS_CONFIG, ConfigDef.Type.LONG);
        return ms == null ? 600_000 : Math.max(1, ms);
    }

    private static NativeHeap.Builder builder(Map<String, ?> configs) {
        NativeHeap.Builder builder = NativeHeap.builder().shared();
        Long maxBytes = (Long) parse(configs, MAX_BYTES_CONFIG, ConfigDef.Type.LONG);
        if (maxBytes != null) {
            try {
                builder.maxBytes(maxBytes);
            } catch (IllegalArgumentException outside) {
                throw new ConfigException(MAX_BYTES_CONFIG, maxBytes, outside.getMessage());
            }
        }
        String pages = (String) parse(configs, PAGES_CONFIG, ConfigDef.Type.STRING);
        if (pages != null) {
            builder.pages(pages(pages));
        }
        return builder;
    }

    private static Pages pages(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "small" -> Pages.SMALL;
            case "huge" -> Pages.HUGE;
            default -> throw new ConfigException(PAGES_CONFIG, name, "must be small or huge");
        };
    }

    private static @Nullable Object parse(Map<String, ?> configs, String key, ConfigDef.Type type) {
        return ConfigDef.parseType(key, configs.get(key), type);
    }
}
