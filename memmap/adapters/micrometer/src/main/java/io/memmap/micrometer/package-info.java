/** Shows the figures of memmap's heaps and maps to Micrometer. */
@NullMarked
package io.memmap.micrometer;

import org.jspecify.annotations.NullMarked;
