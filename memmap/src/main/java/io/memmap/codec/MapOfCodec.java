package io.memmap.codec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A codec of Java's maps. It stores the number of entries as a varint, and then the entries, each a
 * key and its value, in the order of the keys' bytes. So equal maps have equal bytes.
 *
 * @param type the name of the type of the maps
 * @param key the type of the keys
 * @param value the type of the values
 * @param <K> the class of the keys
 * @param <V> the class of the values
 */
public record MapOfCodec<K, V>(String type, Part<K> key, Part<V> value) implements Codec.Appending<Map<K, V>> {
    @Override
    public void append(Map<K, V> object, EncodedBytes to) {
        int size = object.size();
        to.appendVarLong(size);
        PartOrder order = new PartOrder(type, size);
        for (Map.Entry<K, V> entry : object.entrySet()) {
            key.requireObject(entry.getKey(), type);
            value.requireObject(entry.getValue(), type);
            order.begin(to);
            key.append(entry.getKey(), to);
            order.endKey(to);
            value.append(entry.getValue(), to);
        }
        order.sort(to);
    }

    @Override
    public Map<K, V> read(ByteCursor from, int length) {
        int count = from.readCount(key.leastBytes() + value.leastBytes());
        Map<K, V> entries = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            K eachKey = key.read(from);
            entries.put(eachKey, value.read(from));
        }
        return Collections.unmodifiableMap(entries);
    }

    @Override
    public boolean accepts(Object object) {
        for (Map.Entry<?, ?> entry : ((Map<?, ?>) object).entrySet()) {
            if (!key.accepts(entry.getKey()) || !value.accepts(entry.getValue())) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean runsCallersCode() {
        return key.codec().runsCallersCode() || value.codec().runsCallersCode();
    }

    @Override
    public boolean hashesIdentity() {
        return value.codec().hashesIdentity();
    }
}
