/** The maps from long to long that are measured, behind one interface each of whose implementations has its own loops. */
@NullMarked
package io.memmap.bench.maps;

import org.jspecify.annotations.NullMarked;
