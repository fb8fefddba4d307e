/**
 * The jobs: each runs measurements in processes of their own and collects the results. Jobs know
 * no command.
 */
@NullMarked
package io.memmap.bench.job;

import org.jspecify.annotations.NullMarked;
