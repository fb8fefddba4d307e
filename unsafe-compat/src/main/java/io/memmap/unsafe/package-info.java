/**
 * Memmap's twin on {@code sun.misc.Unsafe}, and a replacement for Unsafe that needs only the
 * Foreign Function &amp; Memory API.
 */
@NullMarked
package io.memmap.unsafe;

import org.jspecify.annotations.NullMarked;
