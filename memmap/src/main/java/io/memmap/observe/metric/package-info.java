/**
 * Reads the metrics of a snapshot for everything that displays or exports them. Only modules of
 * memmap see this package.
 */
@NullMarked
package io.memmap.observe.metric;

import org.jspecify.annotations.NullMarked;
