/** What maps and heaps do with memory that no tool of the JVM sees. */
@NullMarked
package io.memmap.observe;

import org.jspecify.annotations.NullMarked;
