/**
 * The live page: its server, the history of the last minutes, and the JSON that the page reads. The
 * resources of this package are the page itself. This package is not exported.
 */
@NullMarked
package io.memmap.observe.page;

import org.jspecify.annotations.NullMarked;
