/**
 * Races of a few operations each, for the test harness jcstress. Each race names every outcome that
 * the memory model and the maps' promises allow.
 */
@NullMarked
package io.memmap.stress.races;

import org.jspecify.annotations.NullMarked;
