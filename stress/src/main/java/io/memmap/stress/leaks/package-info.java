/** The leak laboratory: programs that leak as programs in production have, and what finds the line. */
@NullMarked
package io.memmap.stress.leaks;

import org.jspecify.annotations.NullMarked;
