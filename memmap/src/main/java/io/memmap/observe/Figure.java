package io.memmap.observe;

/**
 * What a figure of {@link MemStats} is, for those who show it.
 *
 * @param name in Micrometer's way, lower case with dots, as {@code memmap.heap.committed}; {@link InfluxLines} has the part
 *     before the last dots as measurement and underscores for dots
 * @param unit {@code bytes} or {@code seconds}, or empty for a plain number
 * @param cumulative whether it only ever grows while the process lives
 * @param watch whether it is among the few that are worth a look every day, or an alarm
 * @param answers the question that it answers
 */
public record Figure(String name, String unit, boolean cumulative, boolean watch, String answers) {}
