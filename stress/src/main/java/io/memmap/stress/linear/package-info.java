/**
 * The subjects of Lincheck: maps for many threads, and models, which are plain maps that give the
 * right answers.
 */
@NullMarked
package io.memmap.stress.linear;

import org.jspecify.annotations.NullMarked;
