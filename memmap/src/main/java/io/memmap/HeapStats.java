package io.memmap;

import java.io.Serializable;

/**
 * The figures of a heap at one moment, in bytes unless said otherwise. A <em>block</em> is a piece
 * of memory that the heap hands out to a map or to a caller. A <em>granule</em> is the unit in
 * which the heap takes memory from the operating system and gives it back.
 *
 * @param maxBytes the bound: {@code committed} never exceeds it
 * @param reserved the address space, including the heap's own tables; at least {@code maxBytes}
 * @param committed the memory that the operating system backs, including the heap's own tables. It
 *     is counted in granules of the heap's {@link Pages}. A granule of 4 KiB keeps the figure in
 *     step with the process's resident set. A granule of 2 MiB overstates it where the kernel had
 *     no huge page ready and backs the memory with small ones. A block of
 *     {@link NativeHeap#allocate} counts from the start, although its pages are backed only as they
 *     are written. Without virtual memory the figure never falls, and it is all of {@code reserved}
 *     if the heap took its memory at once
 * @param metadata the part of {@code committed} that the heap's own tables take
 * @param inUse the live blocks, including the bytes lost to rounding: exactly
 *     {@code header + bucket + overflow + blob + order}. A block counts in whole from the start, although
 *     the operating system backs a large one only as it is written; so the figure can exceed
 *     {@code committed} while a map grows. When everything allocated since some moment is
 *     freed, it is again what it was at that moment
 * @param header the headers of maps
 * @param bucket the bucket arrays of maps
 * @param overflow the overflow buckets of maps, which extend full buckets
 * @param blob the blocks of {@link NativeHeap#allocate}, and keys and values that lie outside their
 *     buckets
 * @param order the ordered indexes of maps
 * @param blocks the number of live blocks
 * @param longestFree the longest run of free pages, counted only as far as {@code maxBytes} leaves
 *     room. An allocation of up to 15/16 of it succeeds
 * @see NativeHeap#stats
 * @see io.memmap.observe.MemStats
 */
public record HeapStats(
        long maxBytes,
        long reserved,
        long committed,
        long metadata,
        long inUse,
        long header,
        long bucket,
        long overflow,
        long blob,
        long order,
        long blocks,
        long longestFree)
        implements Serializable {}
