/** Tables, charts and the HTML page, made of results. */
@NullMarked
package io.memmap.bench.report;

import org.jspecify.annotations.NullMarked;
