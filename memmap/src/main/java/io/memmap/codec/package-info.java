/**
 * Codecs turn the objects of a caller into the bytes that a map stores, and back. This package knows neither maps nor heaps. It
 * is not exported.
 */
@NullMarked
package io.memmap.codec;

import org.jspecify.annotations.NullMarked;
