package io.memmap.kafka;

import io.memmap.NativeHeap;
import io.memmap.Pages;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
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

    private MemmapStoresConfig() {}

    /** Opens a heap for many threads as the configuration says. */
    static NativeHeap openHeap(Map<String, ?> configs) {
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
        return builder.open();
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
