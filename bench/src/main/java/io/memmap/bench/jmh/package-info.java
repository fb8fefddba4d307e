/**
 * The JMH benchmarks of {@link io.memmap.LongLongMap}, {@link io.memmap.MemMap} and other maps. All
 * forks of a class have the same JVM arguments. Keys are random, and lookups use a random order
 * that was prepared before. No lookup depends on the lookup before it.
 */
@NullMarked
package io.memmap.bench.jmh;

import org.jspecify.annotations.NullMarked;
