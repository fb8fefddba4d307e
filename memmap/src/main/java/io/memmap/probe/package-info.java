/**
 * Where the library is looked at from: what it calls while it works, and what the tools of {@code io.memmap.observe} read.
 * Knows nothing of maps, and of memory no more than numbers; not exported.
 */
@NullMarked
package io.memmap.probe;

import org.jspecify.annotations.NullMarked;
