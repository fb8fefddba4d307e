/**
 * Where each byte of a heap and of a map lies, and what it means: the layouts of a heap, of a map's header and of a bucket, the
 * codes in them, the hash, and {@link io.memmap.format.Mem}, which alone reads and writes the bytes. All other packages stand on
 * this one. It is not exported.
 */
@NullMarked
package io.memmap.format;

import org.jspecify.annotations.NullMarked;
