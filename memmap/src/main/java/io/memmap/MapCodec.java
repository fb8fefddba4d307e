package io.memmap;

import io.memmap.codec.Codec;
import io.memmap.codec.EncodedBytes;
import io.memmap.format.Mem;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The codec of values that are maps. It stores the map's pointer and the map's identity. The
 * identity distinguishes a freed map from a later map at the same place.
 *
 * @param heap the heap that contains the maps; null for a codec that belongs to no heap, such as
 *     that of the type itself or of a nil map
 */
record MapCodec<K, V>(Type<K> key, Type<V> value, @Nullable NativeHeap heap) implements Codec<MemMap<K, V>> {
    static final int BYTES = 16;

    /** Returns this codec for the maps of {@code ofMaps}. */
    MapCodec<K, V> in(NativeHeap ofMaps) {
        return new MapCodec<>(key, value, ofMaps);
    }

    @Override
    @SuppressWarnings("ReferenceEquality") // a heap equals only itself
    public void encode(MemMap<K, V> object, EncodedBytes to) {
        byte[] bytes = to.own(BYTES);
        if (object.hmap == 0) {
            Arrays.fill(bytes, 0, BYTES, (byte) 0);
            return;
        }
        if (object.heap != heap) {
            throw new IllegalArgumentException("a map of another heap cannot be a value: " + object);
        }
        if (!object.type.toString().equals(name())) {
            throw new IllegalArgumentException("a value must be a " + name() + ": " + object);
        }
        Mem.setLong(bytes, 0, object.pointer());
        Mem.setLong(bytes, Long.BYTES, object.identity);
    }

    @Override
    public MemMap<K, V> decode(EncodedBytes from) {
        long pointer = Mem.getLong(from.bytes, from.from);
        long identity = Mem.getLong(from.bytes, from.from + Long.BYTES);
        return MemMap.handle(Objects.requireNonNull(heap), pointer, identity, key, value);
    }

    private String name() {
        return new MapType(key, value).toString();
    }

    @Override
    public boolean runsCallersCode() {
        return false;
    }
}
