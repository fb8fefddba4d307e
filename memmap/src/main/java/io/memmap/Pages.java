package io.memmap;

/** The size of the pages that the operating system is asked to back a heap with. */
public enum Pages {
    /** The machine's small pages, 4 KiB: memory comes and goes in the finest steps. */
    SMALL,
    /**
     * Huge pages, 2 MiB, where the kernel has them ready: random access costs fewer TLB misses and memory comes in larger
     * steps, each some 0.2 ms.
     */
    HUGE
}
