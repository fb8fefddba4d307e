package io.memmap;

/**
 * A map of a heap's directory.
 *
 * @param name the name
 * @param type the types of keys and values in words, such as {@code map[long]long}
 * @param size the number of entries
 * @param pointer the pointer, which {@code at} of the map's class takes
 * @see NativeHeap#maps
 */
public record MapInfo(String name, String type, long size, long pointer) {}
