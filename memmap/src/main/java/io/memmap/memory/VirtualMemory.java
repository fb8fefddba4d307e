package io.memmap.memory;

import io.memmap.format.HeapLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Calls Linux's mmap, munmap and madvise to reserve memory, back its pages and give them back. */
final class VirtualMemory {
    static final int HUGE_SHIFT = HeapLayout.HUGE_PAGE_SHIFT;

    private static final int PROT_READ = 1;
    private static final int PROT_READ_WRITE = 1 | 2;
    private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x2 | 0x20 | 0x4000;
    private static final int MAP_SHARED_NORESERVE = 0x1 | 0x4000;
    private static final int MAP_FIXED = 0x10;
    private static final int NO_FILE = -1;
    private static final long FAILED = -1;
    static final int MADV_DONTNEED = 4;
    /** Makes a hole in the file that is mapped. */
    private static final int MADV_REMOVE = 9;

    private static final int MADV_HUGEPAGE = 14;
    private static final int MADV_NOHUGEPAGE = 15;
    /** Available since Linux 5.14. */
    private static final int MADV_POPULATE_WRITE = 23;

    private static final int SC_PAGESIZE = 30;
    static final int ENOMEM = 12;
    static final int EINVAL = 22;

    /**
     * A heap without a size from the user takes at most one part in this many of the addresses that
     * are left.
     */
    private static final long PLENTY = 256;
    /** The same if fewer than {@link #SCARCE_BYTES} are left. */
    private static final long SCARCITY = 4;

    private static final long SCARCE_BYTES = 256L << 30;

    /** The architectures on which the constants above have these values. */
    private static final Set<String> ARCHITECTURES = Set.of("amd64", "x86_64", "aarch64", "riscv64");

    /** Says why there is no virtual memory here, and which setting helps, if any. */
    static final class Unavailable extends Exception {
        private static final long serialVersionUID = 1L;

        final String reason;

        Unavailable(String reason, @Nullable Throwable cause) {
            super(reason, cause);
            this.reason = reason;
        }
    }

    /**
     * Receives the errno of a call. It belongs to an automatic arena, so that no call ever keeps an
     * arena from closing.
     */
    private final MemorySegment callState = Libc.callState(Arena.ofAuto());

    private final int pageShift;

    private VirtualMemory() {
        try {
            long pageBytes = (long) Libc.SYSCONF.invokeExact(callState, (long) SC_PAGESIZE, 0L, 0L, 0L, 0L, 0L);
            pageShift = Long.numberOfTrailingZeros(pageBytes);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    static VirtualMemory get() throws Unavailable {
        String os = System.getProperty("os.name", "?");
        String architecture = System.getProperty("os.arch", "?").toLowerCase(Locale.ROOT);
        if (!os.equals("Linux") || !ARCHITECTURES.contains(architecture)) {
            throw new Unavailable("it is not available on " + os + " " + architecture, null);
        }
        try {
            return new VirtualMemory();
        } catch (ExceptionInInitializerError | NoClassDefFoundError denied) {
            throw denied(denied.getCause() == null ? denied : denied.getCause());
        }
    }

    /**
     * Returns the granule of small pages as a shift: the operating system's page, but at least
     * {@code PAGE_SHIFT}.
     */
    int pageShift() {
        return Math.max(pageShift, HeapLayout.PAGE_SHIFT);
    }

    private static Unavailable denied(Throwable cause) {
        String packageName = VirtualMemory.class.getPackageName();
        // the module is named like the package above
        String module = packageName.substring(0, packageName.lastIndexOf('.'));
        String remedy = "Start Java with --enable-native-access=ALL-UNNAMED if the library is on the class path, with"
                + " --enable-native-access=" + module + " if it is on the module path, or write"
                + " Enable-Native-Access: ALL-UNNAMED into the manifest of an executable jar";
        return new Unavailable(cause.getMessage() + ". " + remedy, cause);
    }

    /**
     * Maps memory that is given back under {@code lock} when the arena ends, after {@code end} has
     * run. It has {@code most} bytes if addresses are plentiful. Otherwise it has a 256th of the
     * addresses that are left in one piece, or a quarter if they are scarce, so that other heaps
     * and the JVM itself find some. It never has fewer bytes than {@code least}.
     *
     * @param most a multiple of the granule
     * @param least a multiple of the granule, up to {@code most}
     * @param asked whether the user has asked for {@code least}; then it may be all that is left
     * @throws OutOfMemoryError if the operating system does not even reserve {@code least}
     */
    MemorySegment reserve(Arena arena, long most, long least, boolean asked, boolean huge, Object lock, Runnable end)
            throws Unavailable {
        long slack = 1L << (huge ? HUGE_SHIFT : pageShift());
        boolean collects = true;
        // Each try maps more than it keeps, which shows that so much is left. It maps half as much
        // as the try before it.
        for (long room = Long.highestOneBit(most) * 2 * PLENTY; ; room /= 2) {
            long bytes = Math.min(most, room / (room < SCARCE_BYTES ? SCARCITY : PLENTY) & -slack);
            boolean last = bytes <= least;
            if (last) {
                bytes = least;
                room = asked ? least : SCARCITY * least;
            }
            long mapped = mmap(0, room + slack, MAP_PRIVATE_ANONYMOUS_NORESERVE, NO_FILE);
            // The collector is asked for dead ranges if they hold as much as this try needs, or if
            // this is the last try.
            while (mapped == FAILED && collects && AddressRange.waiting() >= (last ? 1 : room)) {
                collects = AddressRange.collect();
                mapped = mmap(0, room + slack, MAP_PRIVATE_ANONYMOUS_NORESERVE, NO_FILE);
            }
            if (mapped != FAILED) {
                long address = keep(bytes, mapped, room + slack, slack);
                // Both kinds of advice are best effort. A kernel without huge pages refuses them,
                // and small pages are used.
                madvise(address, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
                return wrap(new AddressRange(this, address, bytes), arena, lock, end);
            }
            if (last) {
                throw noAddresses(room);
            }
        }
    }

    /**
     * Maps a file, to read only or so that it holds what is written. The mapping is given back under {@code lock} when
     * the arena ends, after {@code end} has run.
     *
     * @throws OutOfMemoryError if the operating system has no addresses for it
     */
    MemorySegment map(
            Arena arena, int descriptor, long bytes, boolean readOnly, boolean huge, Object lock, Runnable end)
            throws Unavailable {
        int protection = readOnly ? PROT_READ : PROT_READ_WRITE;
        long address = map(descriptor, bytes, protection, huge);
        if (address == FAILED && AddressRange.collect()) {
            address = map(descriptor, bytes, protection, huge);
        }
        if (address == FAILED) {
            throw noAddresses(bytes);
        }
        // As in reserve, the advice is best effort. Small pages must stay small in any tmpfs.
        madvise(address, bytes, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
        MemorySegment mapping = wrap(new AddressRange(this, address, bytes), arena, lock, end);
        return readOnly ? mapping.asReadOnly() : mapping;
    }

    /** Maps a file; for huge pages at an address where a huge page may begin. */
    private long map(int descriptor, long bytes, int protection, boolean huge) {
        if (!huge) {
            return mmap(0, bytes, protection, MAP_SHARED_NORESERVE, descriptor);
        }
        long slack = 1L << HUGE_SHIFT;
        long room = mmap(0, bytes + slack, MAP_PRIVATE_ANONYMOUS_NORESERVE, NO_FILE);
        if (room == FAILED) {
            return FAILED;
        }
        long start = keep(bytes, room, bytes + slack, slack);
        long address = mmap(start, bytes, protection, MAP_SHARED_NORESERVE | MAP_FIXED, descriptor);
        if (address == FAILED) {
            munmap(start, bytes);
        }
        return address;
    }

    /**
     * Unmaps all but {@code bytes} of a mapping. Returns the address of these bytes, a multiple of
     * {@code slack}. They are at the upper end, so that the addresses that are left stay in one
     * piece. A hole after them keeps the mapping a separate entry in /proc/self/smaps.
     */
    private static long keep(long bytes, long mapped, long mappedBytes, long slack) {
        long address = mapped + mappedBytes - bytes - 1 & -slack;
        trim(mapped, address);
        trim(address + bytes, mapped + mappedBytes);
        return address;
    }

    /** Gives pages back. They read zero afterwards. Returns 0 or the errno. */
    int discard(long address, long bytes) {
        return madvise(address, bytes, MADV_DONTNEED);
    }

    /** Makes a hole in the mapped file. Its pages read zero afterwards. Returns 0 or the errno. */
    int remove(long address, long bytes) {
        return madvise(address, bytes, MADV_REMOVE);
    }

    /** Backs pages as if they had been written to. Returns 0 or the errno. */
    int populate(long address, long bytes) {
        return madvise(address, bytes, MADV_POPULATE_WRITE);
    }

    /**
     * Returns a segment over the same bytes that lives as long as the given arena, not as long as
     * its own.
     */
    @SuppressWarnings("restricted")
    static MemorySegment withLifetime(MemorySegment part, Arena arena) {
        return part.reinterpret(arena, null);
    }

    /**
     * Replaces a mapping by an empty one at the same addresses. Returns false on failure; then the
     * state of the addresses is unknown.
     */
    boolean vacate(long address, long bytes) {
        return mmap(address, bytes, MAP_PRIVATE_ANONYMOUS_NORESERVE | MAP_FIXED, NO_FILE) != FAILED;
    }

    @SuppressWarnings("restricted")
    private static MemorySegment wrap(AddressRange range, Arena arena, Object lock, Runnable end) throws Unavailable {
        try {
            MemorySegment memory = MemorySegment.ofAddress(range.address).reinterpret(range.bytes, arena, same -> {
                synchronized (lock) {
                    try {
                        end.run();
                    } finally {
                        range.endLife();
                    }
                }
            });
            range.startLife(memory);
            return memory;
        } catch (IllegalCallerException denied) {
            munmap(range.address, range.bytes);
            throw denied(denied);
        } catch (RuntimeException | Error failed) {
            munmap(range.address, range.bytes);
            throw failed;
        }
    }

    /**
     * Returns the memory of {@link #reserve} as a segment without an arena. The caller must make
     * sure that it is still mapped.
     */
    @SuppressWarnings("restricted")
    static MemorySegment viewOf(MemorySegment memory) {
        return MemorySegment.ofAddress(memory.address()).reinterpret(memory.byteSize());
    }

    /** Makes an arena run an action when it ends, on the thread that closes it. */
    @SuppressWarnings("restricted")
    static void onEnd(Arena arena, Runnable action) {
        MemorySegment.NULL.reinterpret(arena, nothing -> action.run());
    }

    private static void trim(long from, long to) {
        if (from < to) {
            munmap(from, to - from);
        }
    }

    private OutOfMemoryError noAddresses(long bytes) {
        int errno = errno();
        String why = errno == ENOMEM ? "errno 12, ENOMEM" : "errno " + errno;
        return new OutOfMemoryError(
                "the operating system does not reserve " + bytes + " bytes of addresses (mmap: " + why
                        + "). Close other heaps, set a smaller maxBytes, or raise the limits of the process: ulimit -v,"
                        + " vm.max_map_count, or the commit limit where vm.overcommit_memory is 2");
    }

    private long mmap(long address, long bytes, int flags, int descriptor) {
        return mmap(address, bytes, PROT_READ_WRITE, flags, descriptor);
    }

    private long mmap(long address, long bytes, int protection, int flags, int descriptor) {
        try {
            return (long) Libc.MMAP.invokeExact(
                    callState, address, bytes, (long) protection, (long) flags, (long) descriptor, 0L);
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    private int madvise(long address, long bytes, int advice) {
        try {
            long result = (long) Libc.MADVISE.invokeExact(address, bytes, (long) advice, 0L, 0L, 0L);
            if ((int) result == 0) {
                return 0;
            }
            // Only a second try asks for the errno, so that a growing map creates no object.
            result = (long) Libc.MADVISE_ERRNO.invokeExact(callState, address, bytes, (long) advice, 0L, 0L, 0L);
            return (int) result == 0 ? 0 : errno();
        } catch (OutOfMemoryError | StackOverflowError lacking) {
            return ENOMEM; // advice need not be taken, and the caller is in the middle of a change
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    static void munmap(long address, long bytes) {
        try {
            long result = (long) Libc.MUNMAP.invokeExact(address, bytes, 0L, 0L, 0L, 0L);
            assert (int) result == 0 : "munmap";
        } catch (Throwable impossible) {
            throw new AssertionError(impossible);
        }
    }

    private int errno() {
        return Libc.errno(callState);
    }
}
