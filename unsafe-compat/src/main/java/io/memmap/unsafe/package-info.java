/** What ties memmap to {@code sun.misc.Unsafe}, and the way out of it. */
@NullMarked
package io.memmap.unsafe;

import org.jspecify.annotations.NullMarked;
