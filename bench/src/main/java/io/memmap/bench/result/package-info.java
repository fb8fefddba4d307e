/**
 * The results of measurements: figures, curves, the machine, the files that keep them. Results
 * know no job.
 */
@NullMarked
package io.memmap.bench.result;

import org.jspecify.annotations.NullMarked;
