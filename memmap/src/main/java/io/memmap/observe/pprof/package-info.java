/** Writes profiles in the format of pprof. This package is not exported. */
@NullMarked
package io.memmap.observe.pprof;

import org.jspecify.annotations.NullMarked;
