/**
 * Programs that leak native memory as programs in production have done, and a search that must find
 * the line of code that leaks.
 */
@NullMarked
package io.memmap.stress.leaks;

import org.jspecify.annotations.NullMarked;
