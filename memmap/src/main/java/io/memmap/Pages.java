package io.memmap;

/** The size of the pages that the operating system is asked to back a {@link NativeHeap} with. */
public enum Pages {
    /**
     * The machine's small pages, 4 KiB on most, even where it would choose huge ones by itself. Memory comes and goes in
     * the finest steps, of a microsecond or two.
     */
    SMALL,

    /**
     * Huge pages of 2 MiB, where the kernel has them ready (transparent huge pages by {@code madvise}); its small ones
     * elsewhere. Random access to a large heap misses the TLB less. Memory comes in steps of some 0.2 ms and goes back in
     * whole pages of 2 MiB, so a heap of a few MiB takes more than with small pages.
     */
    HUGE
}
