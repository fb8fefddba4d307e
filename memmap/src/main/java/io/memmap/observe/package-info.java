/**
 * What the memory of native heaps and maps is used for, seen while the program runs.
 *
 * <p>{@link io.memmap.observe.MemStats#read()} takes a snapshot of all live heaps, from any thread, at no cost to those who use
 * them: the counters lie beside what they count, and are read there. {@link io.memmap.observe.MemStatsMXBean} shows the same to
 * JMX, {@link io.memmap.observe.MicrometerMeters} to Micrometer, and {@link io.memmap.observe.InfluxLines} writes it for stores
 * that take InfluxDB's line protocol.
 *
 * <p>{@link io.memmap.observe.HeapProfile} says who has allocated what is in use, {@link io.memmap.observe.GrowthWatch} where it
 * only grows, {@link io.memmap.observe.LeakReport} what was dropped, {@link io.memmap.observe.ContentionProfile} who waits for
 * locks, {@link io.memmap.observe.LatencySampler} what calls take, and {@link io.memmap.observe.Advisor} what could be done better.
 */
@NullMarked
package io.memmap.observe;

import org.jspecify.annotations.NullMarked;
