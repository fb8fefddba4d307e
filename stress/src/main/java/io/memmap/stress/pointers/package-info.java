/** Programs that misuse pointers of maps. Each misuse runs in a JVM of its own. */
@NullMarked
package io.memmap.stress.pointers;

import org.jspecify.annotations.NullMarked;
