/**
 * What the memory of native heaps and maps is used for, seen while the program runs.
 *
 * <p>{@link io.memmap.observe.MemStats#read()} takes a snapshot of all live heaps, from any thread, at no cost to those who use
 * them: the counters lie beside what they count, and are read there. {@link io.memmap.observe.MemStatsMXBean} shows the same to
 * JMX, {@link io.memmap.observe.MicrometerMeters} to Micrometer, and {@link io.memmap.observe.InfluxLines} writes it for stores
 * that take InfluxDB's line protocol.
 */
@NullMarked
package io.memmap.observe;

import org.jspecify.annotations.NullMarked;
