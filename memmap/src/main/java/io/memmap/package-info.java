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
 *
 * <p><b>Errors.</b> An operation that throws has not happened: the map and the heap are as they were, and no lock is held.
 * That holds for {@link io.memmap.HeapExhaustedException}, for an {@link OutOfMemoryError} of the Java heap, for whatever a
 * caller's function throws, and for a {@link StackOverflowError}: a write first checks that its thread has 16 KiB of stack
 * left, which is three times what the deepest operation was seen to use. A method that calls several operations, such as
 * {@code putAll} or {@code replaceAll}, may have done some of them. A listener is called after the operation: what it throws
 * does not undo the operation.
 */
@NullMarked
package io.memmap;

import org.jspecify.annotations.NullMarked;
