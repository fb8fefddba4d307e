package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.memory.StackReserve;
import java.util.Objects;

/**
 * Makes maps of one type with other settings than the usual ones. For one thread; may make several maps.
 *
 * @param <M> the type of the map
 */
public final class MapBuilder<M> {
    /** Makes a handle of the map whose header is at a pointer, and sizes it. */
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
     * Sizes the map for this many entries, so that it neither grows before it has more nor shrinks by itself below that.
     * Never a limit. {@link #make()} throws {@link HeapExhaustedException} for a hint that the heap has no room for, or that no
     * heap could have room for, and has made nothing then.
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
     * @param layout the geometry; by default the one that is faster in the project's measurements
     * @return this
     */
    public MapBuilder<M> geometry(Geometry layout) {
        geometry = Objects.requireNonNull(layout, "geometry");
        return this;
    }

    /**
     * Sets whether the map gives memory back by itself when it has emptied to a quarter of its load limit. Go's map never
     * does.
     *
     * @param enabled true, as by default, or false
     * @return this
     */
    public MapBuilder<M> autoShrink(boolean enabled) {
        autoShrink = enabled;
        return this;
    }

    /**
     * Names the map, for people who look at a heap. The name lies in the heap beside the map.
     *
     * @param label the name; empty, as by default, for none
     * @return this
     */
    public MapBuilder<M> name(String label) {
        name = Objects.requireNonNull(label, "name");
        return this;
    }

    /**
     * Makes an empty map.
     *
     * @return a handle of it
     * @throws HeapExhaustedException if the heap has no room for it; nothing was made
     * @throws IllegalStateException if the heap is closed
     */
    public M make() {
        StackReserve.claim();
        long header = Hmap.makeHeader(heap, type, geometry, autoShrink ? HmapLayout.AUTO_SHRINK : 0, name);
        M map;
        try {
            map = maker.make(heap, header, hint);
        } catch (Throwable failed) {
            Hmap.discardHeader(heap, header);
            throw failed;
        }
        if (map instanceof Hmap made) {
            made.track(name);
        }
        return map;
    }
}
