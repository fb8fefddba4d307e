package io.memmap;

/**
 * What a heap holds at one moment, in bytes unless said otherwise.
 *
 * @param reserved address space, the most that the heap can ever hold
 * @param committed memory that the operating system backs, the heap's own tables included
 * @param metadata the part of {@code committed} that is the heap's own tables
 * @param inUse live blocks with what is lost to rounding; always the sum of the four kinds
 * @param header maps' headers
 * @param bucket maps' bucket arrays
 * @param overflow maps' overflow buckets
 * @param blob blocks of {@link NativeHeap#allocate}, and keys and values outside their buckets
 * @param blocks live blocks, a count
 * @param longestFree the longest run of free pages
 */
public record HeapStats(
        long reserved,
        long committed,
        long metadata,
        long inUse,
        long header,
        long bucket,
        long overflow,
        long blob,
        long blocks,
        long longestFree) {}
