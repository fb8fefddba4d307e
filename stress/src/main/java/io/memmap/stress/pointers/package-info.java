/** Pointers of maps used as they should not be, each in a JVM of its own. */
@NullMarked
package io.memmap.stress.pointers;

import org.jspecify.annotations.NullMarked;
