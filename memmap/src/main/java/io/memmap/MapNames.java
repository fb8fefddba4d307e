package io.memmap;

import java.util.Map;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/** The names of the maps of one heap, as the heap sees them. */
interface MapNames {
    /**
     * Returns a handle of the map of this name. Makes the map if there is none.
     *
     * @param finder returns a handle of the map with this pointer
     * @param maker makes a map and returns a handle of it
     * @throws IllegalArgumentException if the map of this name has another type
     */
    <M> M open(String name, MapType type, LongFunction<M> finder, Supplier<M> maker);

    /** Returns the maps by name, in the order of the names. */
    Map<String, MapInfo> list();

    /** Frees the map of this name. Returns whether there was one. */
    boolean free(String name);

    /** Removes this name if it is that of the map with this pointer, which is about to be freed. */
    void forget(String name, long pointer);
}
