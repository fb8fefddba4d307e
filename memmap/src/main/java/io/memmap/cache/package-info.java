/**
 * The parts of the cache policy of a bounded map that do not know the table. {@code Limits} puts them together. This package is
 * not exported.
 */
@NullMarked
package io.memmap.cache;

import org.jspecify.annotations.NullMarked;
