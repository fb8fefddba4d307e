package io.memmap.bench.maps;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.DslStoreFormat;
import org.apache.kafka.streams.kstream.EmitStrategy;
import org.apache.kafka.streams.processor.StateRestoreCallback;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.internals.InternalProcessorContext;
import org.apache.kafka.streams.processor.internals.ProcessorRecordContext;
import org.apache.kafka.streams.processor.internals.RecordBatchingStateRestoreCallback;
import org.apache.kafka.streams.processor.internals.StateRestoreCallbackAdapter;
import org.apache.kafka.streams.state.DslKeyValueParams;
import org.apache.kafka.streams.state.DslStoreSuppliers;
import org.apache.kafka.streams.state.DslWindowParams;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.WindowStore;
import org.jspecify.annotations.Nullable;

/**
 * The stores of a task of Kafka Streams that the DSL makes, without the layers around them: no record
 * cache, no changelog and no serializers. A context of Kafka's test utilities stands for the task.
 */
public final class KafkaStores {
    private final DslStoreSuppliers suppliers;
    private final StateStoreContext context;
    private @Nullable RecordBatchingStateRestoreCallback restore;

    KafkaStores(DslStoreSuppliers suppliers, Properties settings, Path directory) {
        this.suppliers = suppliers;
        context = new MockProcessorContext<>(settings, new TaskId(0, 0), directory.toFile()).getStateStoreContext();
        // A store notes the record that is being processed.
        ((InternalProcessorContext<?, ?>) context)
                .setRecordContext(new ProcessorRecordContext(0, 0, 0, "topic", new RecordHeaders()));
    }

    /** Opens a key-value store. */
    public KeyValueStore<Bytes, byte[]> keyValue(String name) {
        return open(name, context);
    }

    private KeyValueStore<Bytes, byte[]> open(String name, StateStoreContext within) {
        KeyValueStore<Bytes, byte[]> store = suppliers
                .keyValueStore(new DslKeyValueParams(name, DslStoreFormat.TIMESTAMPED))
                .get();
        store.init(within, store);
        return store;
    }

    /** A store whose changelog is being restored. */
    public record Restored(KeyValueStore<Bytes, byte[]> store, RecordBatchingStateRestoreCallback callback) {}

    /** Opens a key-value store that is restored. */
    public Restored restored(String name) {
        KeyValueStore<Bytes, byte[]> store = open(name, (StateStoreContext) Proxy.newProxyInstance(
                KafkaStores.class.getClassLoader(),
                new Class<?>[] {StateStoreContext.class},
                (_, method, arguments) -> {
                    if (method.getName().equals("register")) {
                        restore = StateRestoreCallbackAdapter.adapt((StateRestoreCallback) arguments[1]);
                        return null;
                    }
                    try {
                        return method.invoke(context, arguments);
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                }));
        RecordBatchingStateRestoreCallback registered = restore;
        if (registered == null) {
            throw new IllegalStateException("the store has registered no callback");
        }
        return new Restored(store, registered);
    }

    /** Opens a window store that keeps all windows that begin in the first day. */
    public WindowStore<Bytes, byte[]> windows(String name, Duration size) {
        WindowStore<Bytes, byte[]> store = suppliers
                .windowStore(new DslWindowParams(
                        name,
                        Duration.ofDays(1),
                        size,
                        false,
                        EmitStrategy.onWindowUpdate(),
                        false,
                        DslStoreFormat.TIMESTAMPED))
                .get();
        store.init(context, store);
        return store;
    }
}
