/** The terminal and the files that a command writes to, and the failures that a user is told. */
@NullMarked
package io.memmap.bench.console;

import org.jspecify.annotations.NullMarked;
