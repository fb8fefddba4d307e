package io.memmap;

import java.io.Serializable;

/**
 * What a heap holds at one moment, in bytes unless said otherwise.
 *
 * @param maxBytes the bound: {@code committed} never exceeds it
 * @param reserved address space, the heap's own tables included; at least {@code maxBytes}
 * @param committed memory that the operating system backs, the heap's own tables included. It is counted by granules of
 *     the heap's {@link Pages}: 4 KiB, in step with the process's resident set, or 2 MiB, which overstates where the
 *     kernel had no huge page ready and backs with small ones. A block of {@link NativeHeap#allocate} counts from the
 *     start, although its pages are backed only as they are written. Where there is no virtual memory it
 *     never falls, and is all of {@code reserved} if the heap took its memory at once
 * @param metadata the part of {@code committed} that is the heap's own tables
 * @param inUse live blocks with what is lost to rounding: {@code header + bucket + overflow + blob}, exactly. It is what
 *     it was as soon as what was allocated since is freed
 * @param header headers of maps
 * @param bucket bucket arrays of maps
 * @param overflow overflow buckets of maps
 * @param blob blocks of {@link NativeHeap#allocate}, and keys and values that lie outside their buckets
 * @param blocks live blocks, a count
 * @param longestFree the longest run of free pages, of which no more counts than {@code maxBytes} leaves: an allocation of up to
 *     15/16 of it succeeds
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
        long blocks,
        long longestFree)
        implements Serializable {}
