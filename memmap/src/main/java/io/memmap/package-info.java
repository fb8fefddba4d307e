/**
 * Hash maps whose entries lie outside the Java heap. They work as Go's map does.
 *
 * <p>A {@link io.memmap.NativeHeap} is one {@link java.lang.foreign.MemorySegment} that lives as
 * long as its {@link java.lang.foreign.Arena}. Maps and blocks of bytes live inside it. A
 * <em>pointer</em> is an offset into the segment, a {@code long}; 0 is nil, the pointer to nothing.
 * The Java object of a map holds little more than a heap and a pointer.
 *
 * <p><b>Lifetime.</b> The memory ends with the arena. A later access throws
 * {@link IllegalStateException}, "Already closed". The garbage collector never frees this memory,
 * except in an automatic arena.
 *
 * <p><b>Threads.</b> A heap in a confined arena belongs to the arena's thread: any other thread
 * gets {@link WrongThreadException}. All threads may use a heap in any other arena.
 *
 * <p><b>Safety.</b> A wrong call leads to an exception at worst: every access is checked against
 * the bounds and the lifetime of the segment.
 *
 * <p><b>Errors.</b> An operation that throws has no effect: the map and the heap are as they were,
 * and no lock is held. This holds for {@link io.memmap.HeapExhaustedException}, for an
 * {@link OutOfMemoryError} of the Java heap, for any exception of a caller's function, and for a
 * {@link StackOverflowError}. Before a write, the map checks that its thread has 16 KiB of stack
 * left. That is twice what the deepest operation was seen to use. A method that calls several
 * operations, such as {@code putAll} or {@code replaceAll}, may have done some of them. A listener
 * is called after the operation: an exception of the listener does not undo the operation.
 *
 * <h2>Layouts in memory</h2>
 *
 * <p>No address of the machine is stored anywhere, so a copy of the bytes is a copy of the heap. The
 * page {@code memmap/docs/format.md} describes every byte.
 *
 * <p>A heap begins with its own tables. Then come <em>slabs</em>, which are cut into small blocks of
 * one size, blocks of whole pages, and free pages.
 *
 * <p><img src="doc-files/heap.svg" alt="A heap: header, commit map, page table, then slabs, large
 * blocks and free runs">
 *
 * <p>A map of objects has buckets; {@link io.memmap.Geometry#LINE} is their layout, unless the builder
 * sets another.
 *
 * <p><img src="doc-files/line-bucket.svg" alt="A bucket of 128 bytes: 8 tophash bytes, an overflow
 * pointer, and 7 pairs of a key and a value">
 *
 * <p>A map from integers to integers, or from long to small structs, has pages; {@link io.memmap.Geometry#PAGE} is their layout.
 *
 * <p><img src="doc-files/page.svg" alt="A page of 64 lines; a line has 4 slots of a stored key and a
 * value">
 */
@NullMarked
package io.memmap;

import org.jspecify.annotations.NullMarked;
