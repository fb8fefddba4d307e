package io.memmap;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link NativeHeap.Builder} has set for a heap.
 *
 * @param file the file of the heap; null for a heap in memory
 * @param readOnly whether the heap only reads the file
 * @param maxBytes the bound on the committed bytes; 0 for the default
 * @param pages the pages of a heap in memory, or in a new file
 * @param virtualMemory whether the heap may have virtual memory
 * @param journaled whether the maps keep a {@link Journal}, as they always do in a file
 * @param profileEvery the mean of the bytes between two samples of the allocation profile
 * @param leakDetection how closely leaks are watched for
 */
record HeapOptions(
        @Nullable Path file,
        boolean readOnly,
        long maxBytes,
        Pages pages,
        boolean virtualMemory,
        boolean journaled,
        long profileEvery,
        LeakDetection leakDetection) {
    /** The options of a heap that no profile, no leak detection and no observer sees. */
    static final HeapOptions UNOBSERVED =
            new HeapOptions(null, false, 0, Pages.SMALL, true, false, 0, LeakDetection.DISABLED);
}
