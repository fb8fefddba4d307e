/**
 * The commands of {@code bench/run}: they read the options, run a job and print what it found.
 */
@NullMarked
package io.memmap.bench.command;

import org.jspecify.annotations.NullMarked;
