/**
 * Defines where each byte of a heap and of a map lies, and what it means: the layouts of a heap, of
 * a map's header and of a bucket, the codes in them, and the hash. {@link io.memmap.format.Mem} is
 * the only class that reads and writes the bytes. All other packages depend on this one. It is not
 * exported.
 */
@NullMarked
package io.memmap.format;

import org.jspecify.annotations.NullMarked;
