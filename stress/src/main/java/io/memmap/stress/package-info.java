/** Programs that test maps under stress. Each is a subcommand of {@code stress/run}. */
@NullMarked
package io.memmap.stress;

import org.jspecify.annotations.NullMarked;
