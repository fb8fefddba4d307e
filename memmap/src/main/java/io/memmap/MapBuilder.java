package io.memmap;

import io.memmap.format.BucketLayout;
import io.memmap.format.HmapLayout;
import io.memmap.memory.StackReserve;
import java.util.Objects;

/**
 * Builds maps of one type with settings other than the default ones. A builder can make several
 * maps. It is for use by one thread.
 *
 * @param <M> the class of the maps
 * @see LongLongMap#builder
 * @see IntIntMap#builder
 * @see MemMap#builder
 * @see SyncMapBuilder
 */
public final class MapBuilder<M> {
    /**
     * Makes a handle of the map whose header is at {@code hmap}, and sizes the map for {@code hint}
     * entries.
     */
    interface Maker<M> {
        M make(NativeHeap heap, long hmap, long hint);
    }

    /** Makes a handle of the map that {@code pointer} points to, and refuses any other pointer. */
    interface Finder<M> {
        M at(NativeHeap heap, long pointer);
    }

    private final NativeHeap heap;
    private final MapType type;
    private final Maker<M> maker;
    private final Geometry byDefault;
    private final Finder<M> finder;
    private long hint;
    private Geometry geometry;
    private int load;
    private boolean autoShrink = true;
    private String name = "";

    /** Makes a builder of maps that have this geometry by default, and {@link Geometry#PAGE} only if it is that. */
    MapBuilder(NativeHeap heap, MapType type, Geometry byDefault, Maker<M> maker, Finder<M> finder) {
        this.heap = heap;
        this.type = type;
        this.maker = maker;
        this.finder = finder;
        geometry = byDefault;
        this.byDefault = byDefault;
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
     * Sets the layout of the map's array.
     *
     * @param layout the geometry; the default is {@link Geometry#PAGE} for maps that can have it, and
     *     {@link Geometry#LINE} for all others
     * @return this
     * @throws IllegalArgumentException if maps of this type cannot have this geometry: {@link
     *     Geometry#PAGE} is for {@link LongLongMap}, {@link IntIntMap}, and maps from long to structs,
     *     or to records of a fixed size, of at most 56 bytes
     */
    public MapBuilder<M> geometry(Geometry layout) {
        geometry = Objects.requireNonNull(layout, "geometry").requireFor(type, byDefault);
        return this;
    }

    /**
     * Sets which part of its slots a map with {@link Geometry#PAGE} fills before it grows. More
     * makes the map smaller and its lookups slower: with 1/2 an entry of two longs takes at most 32
     * bytes and at least 16 bytes more than its own 16; with 11/16 it takes at most 23.3 bytes just
     * before the map grows. Has no effect on other geometries, which fill 13/16.
     *
     * @param part the part, 0.25 to 0.6875, rounded down to sixteenths; the default is 0.5
     * @return this
     * @throws IllegalArgumentException if the part is out of range
     */
    public MapBuilder<M> maxLoad(double part) {
        int sixteenths = (int) (part * 16);
        if (!(part <= BucketLayout.MAX_PAGE_LOAD / 16.0) || sixteenths < BucketLayout.MIN_PAGE_LOAD) {
            throw new IllegalArgumentException("the load must be " + BucketLayout.MIN_PAGE_LOAD / 16.0 + ".."
                    + BucketLayout.MAX_PAGE_LOAD / 16.0 + ": " + part);
        }
        return load(sixteenths);
    }

    /** Does the same for a part in sixteenths. */
    MapBuilder<M> load(int sixteenths) {
        load = sixteenths;
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
     * Sets the map's name, which is stored in the heap beside the map. It helps people who inspect a
     * heap. {@link #open()} finds a map by it, if {@code open()} has made the map.
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
        return make(0);
    }

    /**
     * Finds the map of this {@linkplain #name name} in the heap's directory, or makes an empty one and
     * adds it to the directory. The other settings count only for a map that is made. A map that was
     * made by {@link #make()} is not in the directory, whatever its name. Freeing a map removes it
     * from the directory, and so does {@link NativeHeap#remove}.
     *
     * @return a handle of the map
     * @throws IllegalStateException if this builder has no name, or if the heap is closed
     * @throws IllegalArgumentException if the map of this name has other types of keys or values: the
     *     message names both; or if its header has been overwritten
     * @throws HeapExhaustedException if the heap has no room for the map and its name; nothing was
     *     made
     */
    public M open() {
        if (name.isEmpty()) {
            throw new IllegalStateException("a map to open needs a name: call name(...) before open()");
        }
        return heap.names().open(name, type, pointer -> finder.at(heap, pointer), () -> make(HmapLayout.NAMED));
    }

    private M make(int named) {
        StackReserve.claim();
        int sixteenths = geometry == Geometry.PAGE ? load : 0;
        int options = named | (autoShrink ? HmapLayout.AUTO_SHRINK : 0);
        long header = MapHandle.makeHeader(heap, type, geometry, sixteenths, options, name);
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
