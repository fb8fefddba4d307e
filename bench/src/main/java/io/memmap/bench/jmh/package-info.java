/**
 * The operations of {@link io.memmap.LongLongMap}, {@link io.memmap.MemMap} and their peers under JMH. All forks of a class
 * have the same JVM arguments; keys are random and asked for in a random order that was prepared before; lookups do not
 * depend on each other.
 */
@NullMarked
package io.memmap.bench.jmh;

import org.jspecify.annotations.NullMarked;
