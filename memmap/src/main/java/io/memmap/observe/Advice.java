package io.memmap.observe;

/**
 * Something that a program could do better with its heaps and maps, as {@link Advisor} sees it.
 *
 * @param pattern what it is a case of
 * @param subject the map, with its type and heap, or the heap, that it is about
 * @param evidence the figures that show it
 * @param remedy what to call, or to look for
 * @param bytes that are in use where it was seen: what is at stake
 */
public record Advice(Advisor.Pattern pattern, String subject, String evidence, String remedy, long bytes) {}
