/**
 * Divides the memory of a native heap into blocks: one reservation of memory, cut into runs of
 * pages and slabs of small blocks. Not exported.
 */
@NullMarked
package io.memmap.memory;

import org.jspecify.annotations.NullMarked;
