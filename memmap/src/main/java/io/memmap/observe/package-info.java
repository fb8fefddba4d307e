/**
 * Shows how native heaps and maps use memory while the program runs.
 *
 * <p>{@link io.memmap.observe.MemStats#read()} takes a snapshot of all live heaps, from any thread.
 * A snapshot costs the users of the heaps nothing: each counter lies beside the data that it
 * counts, and is read there. {@link io.memmap.observe.MemStatsMXBean} exports the same figures to
 * JMX. {@link io.memmap.observe.InfluxLines} writes them for stores that take InfluxDB's line
 * protocol. The artifact {@code memmap-micrometer} exports them to Micrometer.
 *
 * <p>The other classes look for causes. {@link io.memmap.observe.HeapProfile} shows which code
 * allocated the memory in use. {@link io.memmap.observe.GrowthWatch} shows which code allocates
 * memory that only grows. {@link io.memmap.observe.LeakReport} lists heaps and maps that were
 * dropped without being closed or freed. {@link io.memmap.observe.ContentionProfile} shows where
 * threads wait for locks. {@link io.memmap.observe.LatencySampler} measures how long calls take.
 * {@link io.memmap.observe.Advisor} suggests improvements.
 */
@NullMarked
package io.memmap.observe;

import org.jspecify.annotations.NullMarked;
