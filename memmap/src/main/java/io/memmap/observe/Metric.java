package io.memmap.observe;

/**
 * The name, unit and meaning of one metric of {@link MemStats}, for code that displays it.
 *
 * @param name the name in Micrometer's form, lower case with dots, as
 *     {@code memmap.heap.committed}; {@link InfluxLines} uses the part before the last dots as the
 *     measurement, and underscores in place of dots
 * @param unit {@code bytes} or {@code seconds}, or empty for a plain number
 * @param cumulative whether the value only ever grows while the process lives
 * @param watch whether the metric is one of the few that deserve a daily look, or an alarm
 * @param answers the question that the metric answers
 */
public record Metric(String name, String unit, boolean cumulative, boolean watch, String answers) {}
