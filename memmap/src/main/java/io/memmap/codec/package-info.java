/**
 * Codecs encode the objects of a caller to the bytes that a map stores, and decode them. This
 * package uses neither maps nor heaps. It is not exported.
 */
@NullMarked
package io.memmap.codec;

import org.jspecify.annotations.NullMarked;
