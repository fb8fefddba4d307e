/**
 * The records that the library keeps of its own work: samples of allocations, waits for locks, leaks, traces of growths. The
 * library writes them, and {@code io.memmap.observe} reads them. This package depends on neither maps nor memory: it knows
 * them by numbers and names only. It is not exported.
 */
@NullMarked
package io.memmap.telemetry;

import org.jspecify.annotations.NullMarked;
