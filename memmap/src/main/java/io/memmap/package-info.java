/**
 * Go's map outside the Java heap.
 *
 * <p>A {@link io.memmap.NativeHeap} is one {@link java.lang.foreign.MemorySegment} that lives as long as its
 * {@link java.lang.foreign.Arena}. Maps and blocks of bytes live inside it. A <em>pointer</em> is an offset into the
 * segment, a {@code long}; 0 is nil. A map's Java object is no more than a heap and a pointer.
 *
 * <p><b>Lifetime.</b> Memory ends with the arena. What touches it later gets {@link IllegalStateException}, "Already
 * closed". Nothing is ever freed by the garbage collector, except with an automatic arena.
 *
 * <p><b>Threads.</b> A heap in a confined arena belongs to the arena's thread: any other gets
 * {@link WrongThreadException}. In any other arena a heap may be used by all threads.
 *
 * <p><b>Safety.</b> Whatever a caller does, he gets an exception at worst: every access is checked against the segment's
 * bounds and lifetime.
 */
@NullMarked
package io.memmap;

import org.jspecify.annotations.NullMarked;
