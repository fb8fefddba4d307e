/** What Lincheck checks: maps for many threads, and maps for one thread that say how they must answer. */
@NullMarked
package io.memmap.stress.linear;

import org.jspecify.annotations.NullMarked;
