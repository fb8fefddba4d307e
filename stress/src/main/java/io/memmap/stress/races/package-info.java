/** Races of a few operations each, for jcstress: every outcome that the memory model and the maps' promises allow is named. */
@NullMarked
package io.memmap.stress.races;

import org.jspecify.annotations.NullMarked;
