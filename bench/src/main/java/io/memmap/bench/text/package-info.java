/** Figures, sizes, tables and JSON as text. Nothing here knows a benchmark. */
@NullMarked
package io.memmap.bench.text;

import org.jspecify.annotations.NullMarked;
