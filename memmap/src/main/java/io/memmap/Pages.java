package io.memmap;

/** The size of the pages that the operating system is asked to back a {@link NativeHeap} with. */
public enum Pages {
    /**
     * The small pages of the machine, 4 KiB on most machines, even where the system would choose
     * huge pages by itself. Memory is committed and given back in the smallest steps, each of a
     * microsecond or two.
     */
    SMALL,

    /**
     * Huge pages of 2 MiB where the kernel has them ready (transparent huge pages by
     * {@code madvise}), and small pages elsewhere. Random access to a large heap misses the TLB,
     * the cache of address translations, less often. Memory is committed in steps of some 0.2 ms.
     * It goes back in whole pages of 2 MiB, so a heap of a few MiB takes more memory than with
     * small pages.
     *
     * <p>A file can have them in tmpfs, if the file system is mounted with {@code huge=advise} or
     * {@code huge=within_size}, or if {@code /sys/kernel/mm/transparent_hugepage/shmem_enabled} says
     * so for {@code /dev/shm}. A snapshot has small pages.
     */
    HUGE
}
