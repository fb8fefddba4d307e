/** The blocks of a native heap: one reservation of memory, cut into page runs and slabs. Not exported. */
@NullMarked
package io.memmap.memory;

import org.jspecify.annotations.NullMarked;
