package io.memmap.bench.job;

/**
 * The most rounds and minutes that a {@link RoundsJob} may take.
 *
 * @param command the command that set them, for the page
 */
public record TimeBudget(int rounds, double minutes, String command) {}
