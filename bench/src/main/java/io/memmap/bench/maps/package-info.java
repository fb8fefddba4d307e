/**
 * The maps that are measured. Each kind of map has one type; a JVM that measures loads one
 * implementation of it.
 */
@NullMarked
package io.memmap.bench.maps;

import org.jspecify.annotations.NullMarked;
