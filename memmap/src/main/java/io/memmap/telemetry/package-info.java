/**
 * Keeps the records of the library's own work: samples of allocations, waits for locks, leaks, and
 * traces of growths. The library writes them, and {@code io.memmap.observe} reads them. This
 * package depends on neither maps nor memory: it identifies them by numbers and names only. It is
 * not exported.
 */
@NullMarked
package io.memmap.telemetry;

import org.jspecify.annotations.NullMarked;
