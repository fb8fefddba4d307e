/**
 * The parts of the cache policy of a bounded map that do not depend on the table. The policy
 * chooses which entries are evicted. {@code Limits} combines the parts. This package is not
 * exported.
 */
@NullMarked
package io.memmap.cache;

import org.jspecify.annotations.NullMarked;
