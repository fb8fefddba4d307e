/**
 * Reads the metrics of a snapshot for everything that displays or exports them. This package is not
 * exported.
 */
@NullMarked
package io.memmap.observe.metric;

import org.jspecify.annotations.NullMarked;
