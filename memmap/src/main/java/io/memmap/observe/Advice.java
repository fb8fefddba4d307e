package io.memmap.observe;

/**
 * A suggestion by {@link Advisor} on how a program could use its heaps and maps better.
 *
 * @param pattern the pattern of use that was found
 * @param subject the map, with its type and heap, or the heap, that the advice is about
 * @param evidence the figures that show the pattern
 * @param remedy the method to call, or the cause to look for
 * @param bytes the bytes in use where the pattern was found; they show how much is at stake
 */
public record Advice(Advisor.Pattern pattern, String subject, String evidence, String remedy, long bytes) {}
