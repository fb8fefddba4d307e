/** Programs that put the map under stress, one a subcommand of {@code stress/run}. */
@NullMarked
package io.memmap.stress;

import org.jspecify.annotations.NullMarked;
