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
 */
@NullMarked
package io.memmap;

import org.jspecify.annotations.NullMarked;
