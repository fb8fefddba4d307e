package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.memory.StackReserve;
import java.util.Objects;

/**
 * Builds maps of one type with settings other than the default ones. A builder can make several
 * maps. It is for use by one thread.
 *
 * @param <M> the class of the maps
 */
public final class MapBuilder<M> {
    /**
     * Makes a handle of the map whose header is at {@code hmap}, and sizes the map for {@code hint}
     * entries.
     */
    interface Maker<M> {
        M make(NativeHeap heap, long hmap, long hint);
    }

    private final NativeHeap heap;
    private final MapType type;
    private final Maker<M> maker;
    private long hint;
    private Geometry geometry = Geometry.DEFAULT;
    private boolean autoShrink = true;
    private String name = "";

    MapBuilder(NativeHeap heap, MapType type, Maker<M> maker) {
        this.heap = heap;
        this.type = type;
        this.maker = maker;
    }

    /**
     * Sizes the map for a number of entries. The map does not grow before it has more entries, and
     * it does not shrink by itself below this size. The number never limits the map. If this heap,
     * or any heap, has no room for so many entries, {@link #make()} throws
     * {@link HeapExhaustedException} and makes nothing.
     *
     * @param entries the number of entries; a negative number counts as 0
     * @return this
     */
    public MapBuilder<M> hint(long entries) {
        hint = entries;
        return this;
    }

    /**
     * Sets the layout of the buckets.
     *
     * @param layout the geometry; the default is the one that is faster in the project's
     *     measurements
     * @return this
     */
    public MapBuilder<M> geometry(Geometry layout) {
        geometry = Objects.requireNonNull(layout, "geometry");
        return this;
    }

    /**
     * Sets whether the map shrinks by itself, and so gives memory back, when its entries drop to a
     * quarter of its load limit. Go's map never shrinks.
     *
     * @param enabled whether the map shrinks by itself; the default is true
     * @return this
     */
    public MapBuilder<M> autoShrink(boolean enabled) {
        autoShrink = enabled;
        return this;
    }

    /**
     * Sets the map's name, which helps people who inspect a heap. The name is stored in the heap
     * beside the map.
     *
     * @param label the name; the default is the empty string, which means no name
     * @return this
     */
    public MapBuilder<M> name(String label) {
        name = Objects.requireNonNull(label, "name");
        return this;
    }

    /**
     * Makes an empty map.
     *
     * @return a handle of the map
     * @throws HeapExhaustedException if the heap has no room for the map; nothing was made
     * @throws IllegalStateException if the heap is closed
     */
    public M make() {
        StackReserve.claim();
        long header = MapHandle.makeHeader(heap, type, geometry, autoShrink ? HmapLayout.AUTO_SHRINK : 0, name);
        M map;
        try {
            map = maker.make(heap, header, hint);
        } catch (Throwable failed) {
            MapHandle.discardHeader(heap, header);
            throw failed;
        }
        if (map instanceof MapHandle made) {
            made.track(name);
        }
        return map;
    }
}
