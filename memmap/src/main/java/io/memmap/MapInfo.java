package io.memmap;

/**
 * A map of a heap's directory.
 *
 * @param name the name
 * @param type the types of keys and values in words, such as {@code map[long]long}
 * @param size the number of entries
 * @param bytes the bytes of the heap that the map uses, as its headers state them. While a map of
 *     buckets grows, the figure is somewhat too high. The tables by which a cache chooses the entries
 *     to evict are left out
 * @param shards the number of shards of a map for many threads; 0 for a plain map
 * @param pointer the pointer. For a plain map it is what {@code at} of the map's class takes; a map for
 *     many threads is opened by its name only
 * @see NativeHeap#maps
 */
public record MapInfo(String name, String type, long size, long bytes, int shards, long pointer) {}
