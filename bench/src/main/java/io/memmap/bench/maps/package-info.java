/** The maps that are measured, behind one type a kind of map; a JVM that measures loads one implementation of it. */
@NullMarked
package io.memmap.bench.maps;

import org.jspecify.annotations.NullMarked;
