/**
 * The benchmarks of memmap. {@link io.memmap.bench.Main} is the command line. Each package below
 * has one job. A package uses only those that follow it in this list:
 *
 * <ul>
 *   <li>{@code command}: the commands of {@code bench/run} and their options
 *   <li>{@code job}: runs the measurements of a command
 *   <li>{@code report}: tables, charts and the HTML page of results
 *   <li>{@code child}: the programs that measure. Each contender runs in a new JVM, which sends its
 *       figures line by line ({@link io.memmap.bench.child.Message})
 *   <li>{@code result}: figures, and the files that keep them
 *   <li>{@code jmh}: the benchmarks that JMH runs
 *   <li>{@code maps}: the maps that are measured
 *   <li>{@code console}, {@code text}: output and its formats
 * </ul>
 */
@NullMarked
package io.memmap.bench;

import org.jspecify.annotations.NullMarked;
