/**
 * The benchmarks of memmap. {@link io.memmap.bench.Main} is the command line; a contender never runs in its JVM but in
 * a fresh one of its own, which tells what it does line by line ({@link io.memmap.bench.child.Message}).
 */
@NullMarked
package io.memmap.bench;

import org.jspecify.annotations.NullMarked;
