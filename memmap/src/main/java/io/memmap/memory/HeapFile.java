package io.memmap.memory;

import io.memmap.format.Hash;
import io.memmap.format.HeaderSums;
import io.memmap.format.HeapGeometry;
import io.memmap.format.HeapLayout;
import io.memmap.format.Mem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The file of a heap, from its opening to the end of the heap's arena. One open file at a time holds
 * the lock on the first byte of the file. The lock belongs to the open file (the kernel's file
 * description), so it ends with the process, and closing another descriptor does not release it.
 *
 * <p>The state of the file is in the header. It is {@code FILE_OPEN} on the disk before the first
 * other page changes, and {@code FILE_CLEAN} only when all other pages are on the disk.
 *
 * <p>Heaps that only read the file share a lock on its second byte, and write nothing. They may have it
 * open beside the one that writes it.
 *
 * <p>A new file is laid out under the name with {@code .new} behind it, under its lock, and gets its
 * own name then. So a file with the name of a heap is never half made. A process that dies meanwhile
 * leaves the {@code .new} file; the next one reuses it.
 */
public final class HeapFile {
    /** Why a file cannot be opened as a heap. */
    public enum Fault {
        NOT_A_HEAP,
        TRUNCATED,
        DAMAGED,
        NEWER_VERSION,
        OTHER_HASH,
        IN_USE,
        WRITER_DIED,
        LOST_POWER,
        NOT_SUPPORTED,
        IO_ERROR
    }

    /** Says why a file cannot be opened as a heap. */
    public static final class Refused extends Exception {
        private static final long serialVersionUID = 1L;

        public final Fault fault;

        Refused(Fault fault, String message, @Nullable Throwable cause) {
            super(message, cause);
            this.fault = fault;
        }

        public static Refused unsupported(String message) {
            return new Refused(Fault.NOT_SUPPORTED, message, null);
        }

        public static Refused damaged(Path path, RuntimeException cause) {
            return new Refused(Fault.DAMAGED, path + " is damaged: " + cause.getMessage(), cause);
        }
    }

    private static final long TMPFS = 0x01021994L;

    /**
     * The file systems in which a file can be a heap, by the numbers of statfs. In these a page that
     * has been backed stays so, and all processes of the machine see the same lock and the same pages.
     */
    private static final Map<Long, String> FILE_SYSTEMS =
            Map.of(TMPFS, "tmpfs", 0xEF53L, "ext4", 0x58465342L, "xfs", 0x794C7630L, "overlay");

    private static final Map<Long, String> OTHER_FILE_SYSTEMS = Map.of(
            0x6969L, "NFS",
            0xFF534D42L, "CIFS",
            0xFE534D42L, "SMB",
            0x517BL, "SMB",
            0x01021997L, "9p",
            0x65735546L, "FUSE",
            0x9123683EL, "btrfs",
            0x2FC12FC1L, "ZFS",
            0x958458F6L, "hugetlbfs");

    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
    private static final int MOST_TRIES = 10;

    /** How long to wait for the lock of a process that has been killed. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    /** The byte that the heap which writes the file locks for itself alone. */
    private static final long WRITER_BYTE = 0;
    /** The byte that heaps which read the file lock, beside each other. */
    private static final long READER_BYTE = 1;

    private static final long LOCK_BYTES = 2;

    private final Path path;
    private final int descriptor;
    private final boolean readOnly;
    private final boolean isNew;
    private final long bytes;
    /** Whether a process had the file open when it ended. */
    private final boolean wasOpen;

    private final long bootHigh;
    private final long bootLow;

    private final int granuleShift;

    /** The length of the file when it was opened to read; the file of a closed heap may be short. */
    private long length;

    private @Nullable MemorySegment mapping;
    /** Whether the heap may be stated to be closed. */
    private BooleanSupplier isWhole = () -> true;

    private boolean begun;
    private boolean closed;
    /** How many readings keep writers out. */
    private int keepers;

    private HeapFile(
            Path path,
            int descriptor,
            boolean readOnly,
            boolean isNew,
            long bytes,
            int granuleShift,
            boolean wasOpen,
            UUID boot) {
        this.path = path;
        this.descriptor = descriptor;
        this.readOnly = readOnly;
        this.isNew = isNew;
        this.bytes = bytes;
        this.length = bytes;
        this.granuleShift = granuleShift;
        this.wasOpen = wasOpen;
        this.bootHigh = Long.reverseBytes(boot.getMostSignificantBits());
        this.bootLow = Long.reverseBytes(boot.getLeastSignificantBits());
    }

    /**
     * Opens and locks the file of a heap, or makes one.
     *
     * @param maxBytes the bytes of the heap of a new file; 0 for the default
     * @param huge whether a new file has huge pages
     * @throws Refused if the file cannot be opened as a heap; the message says why
     */
    public static HeapFile open(Path path, long maxBytes, boolean huge) throws Refused {
        return open(path, maxBytes, huge, false);
    }

    /**
     * Makes a file that takes the place of the file of this name, if there is one, when it is {@linkplain
     * #publish published}. Until then the other file stays.
     *
     * @throws Refused if that is not possible, or if the other file is not that of a heap, or is open
     */
    public static HeapFile replace(Path path, long maxBytes) throws Refused {
        return open(path, maxBytes, false, true);
    }

    private static HeapFile open(Path path, long maxBytes, boolean huge, boolean replaces) throws Refused {
        requireSupport(path);
        try {
            UUID boot = bootId();
            for (int i = 0; i < MOST_TRIES; i++) {
                Path real = Files.exists(path) ? path.toRealPath() : path;
                if (replaces) {
                    FileCalls.close(lockReplaceable(real));
                }
                HeapFile file = replaces || !Files.exists(path)
                        ? create(real, maxBytes, huge, boot, replaces)
                        : openExisting(real, boot);
                if (file != null) {
                    return file;
                }
            }
            throw new Refused(Fault.IN_USE, "other processes make and delete the file " + path + " all the time", null);
        } catch (IOException | SecurityException failed) {
            throw failed(path, failed);
        }
    }

    /**
     * Opens the file of a heap to read only. It is not changed. Another heap may have it open to write.
     *
     * @throws Refused if the file cannot be opened as a heap; the message says why
     */
    public static HeapFile openToRead(Path path) throws Refused {
        requireSupport(path);
        try {
            return openToRead(path.toRealPath(), bootId());
        } catch (NoSuchFileException missing) {
            throw new Refused(
                    Fault.IO_ERROR,
                    "there is no heap file " + path + ": a heap that is read only cannot make it",
                    missing);
        } catch (IOException | SecurityException failed) {
            throw failed(path, failed);
        }
    }

    private static UUID bootId() throws IOException {
        return UUID.fromString(Files.readString(BOOT_ID).strip());
    }

    private static Refused failed(Path path, Exception cause) {
        return new Refused(Fault.IO_ERROR, "cannot open the heap file " + path + ": " + cause.getMessage(), cause);
    }

    private static void requireSupport(Path path) throws Refused {
        if (!path.getFileSystem().equals(FileSystems.getDefault())) {
            throw new Refused(Fault.NOT_SUPPORTED, path + " is not a path of the operating system", null);
        }
        try {
            VirtualMemory.get();
        } catch (VirtualMemory.Unavailable unavailable) {
            throw new Refused(
                    Fault.NOT_SUPPORTED,
                    "a heap in the file " + path + " needs virtual memory: " + unavailable.reason,
                    unavailable);
        }
    }

    /** Returns the descriptor of an existing file, or {@link FileCalls#NONE}. */
    private static int openFile(Path path) throws FileCalls.Failure, Refused {
        try {
            return FileCalls.open(path, false);
        } catch (FileCalls.Failure failure) {
            if (failure.errno == FileCalls.ENOENT) {
                return FileCalls.NONE;
            }
            throw refused(path, failure);
        }
    }

    /**
     * Locks the file that is to be replaced, if there is one. Returns its descriptor, or {@link
     * FileCalls#NONE}.
     *
     * @throws Refused if it is not the file of a heap, as it may be a file that was never meant, or if a
     *     heap has it open
     */
    private static int lockReplaceable(Path path) throws FileCalls.Failure, Refused {
        int descriptor = openFile(path);
        if (descriptor == FileCalls.NONE) {
            return descriptor;
        }
        boolean locked = false;
        try (Arena arena = Arena.ofConfined()) {
            lock(path, descriptor);
            MemorySegment segment = arena.allocate(HeapLayout.PAGE_BYTES);
            long read = FileCalls.read(descriptor, segment);
            if (read != 0 && !Fields.isHeap(segment, read)) {
                throw new Refused(
                        Fault.NOT_A_HEAP, path + " is not a heap, so no heap replaces it: delete it first", null);
            }
            locked = true;
            return descriptor;
        } finally {
            if (!locked) {
                FileCalls.close(descriptor);
            }
        }
    }

    /** Returns null if the file of this name is another one by now. */
    private static @Nullable HeapFile openExisting(Path path, UUID boot) throws IOException, Refused {
        int descriptor = openFile(path);
        if (descriptor == FileCalls.NONE) {
            return null;
        }
        HeapFile file = null;
        try {
            requireFileSystem(path, descriptor);
            lock(path, descriptor);
            if (isFile(descriptor, path)) {
                Path unnamed = unnamed(path);
                if (isFile(descriptor, unnamed)) { // its maker died between two calls
                    Files.delete(unnamed);
                }
                file = read(path, descriptor, boot);
            }
            return file;
        } finally {
            if (file == null) {
                FileCalls.close(descriptor);
            }
        }
    }

    private static HeapFile openToRead(Path path, UUID boot) throws IOException, Refused {
        if (Files.isDirectory(path)) { // which can be opened to read
            throw isDirectory(path, null);
        }
        int descriptor;
        try {
            descriptor = FileCalls.openToRead(path);
        } catch (FileCalls.Failure failure) {
            throw refused(path, failure);
        }
        HeapFile file = null;
        try {
            requireFileSystem(path, descriptor);
            FileCalls.lockShared(descriptor, READER_BYTE);
            file = readBesideWriter(path, descriptor, boot);
            return file;
        } finally {
            if (file == null) {
                FileCalls.close(descriptor);
            }
        }
    }

    /** Returns the reason if the file is a directory; otherwise throws the failure of the call. */
    private static Refused refused(Path path, FileCalls.Failure failure) throws FileCalls.Failure {
        if (failure.errno == FileCalls.EISDIR) {
            return isDirectory(path, failure);
        }
        throw failure;
    }

    private static Refused isDirectory(Path path, @Nullable Throwable cause) {
        return new Refused(Fault.NOT_A_HEAP, path + " is a directory and not a heap", cause);
    }

    /** Returns null if there is a file of this name by now, and it is not to be replaced. */
    private static @Nullable HeapFile create(Path path, long maxBytes, boolean huge, UUID boot, boolean replaces)
            throws IOException, Refused {
        int granuleShift = huge ? HeapLayout.HUGE_PAGE_SHIFT : HeapLayout.PAGE_SHIFT;
        long bytes = Reservation.fileBytes(maxBytes, granuleShift);
        Path unnamed = unnamed(path);
        int descriptor = openUnnamed(path, unnamed);
        HeapFile file = null;
        boolean isOther = false; // another process or thread makes the file
        try {
            requireFileSystem(unnamed, descriptor);
            if (huge && FileCalls.fileSystem(descriptor) != TMPFS) {
                throw Refused.unsupported(path + " cannot have Pages.HUGE, as only tmpfs has huge pages: use"
                        + " Pages.SMALL, or a file in tmpfs, such as in /dev/shm");
            }
            isOther = true;
            lock(path, descriptor);
            isOther = false;
            if (isFile(descriptor, unnamed) && (replaces || !Files.exists(path))) {
                FileCalls.setSize(descriptor, 0); // another process may have begun to lay it out
                FileCalls.setSize(descriptor, bytes);
                file = new HeapFile(path, descriptor, false, true, bytes, granuleShift, false, boot);
            }
            return file;
        } catch (FileCalls.Failure failure) {
            if (failure.errno == FileCalls.EFBIG) {
                throw new Refused(
                        Fault.IO_ERROR,
                        "the file system or ulimit -f does not allow a file of " + bytes + " bytes: " + path
                                + ". Set a smaller maxBytes",
                        failure);
            }
            throw failure;
        } finally {
            if (file == null) {
                if (!isOther && isFile(descriptor, unnamed)) {
                    Files.deleteIfExists(unnamed);
                }
                FileCalls.close(descriptor);
            }
        }
    }

    /** Opens the file in which a new heap is laid out, or makes it. */
    private static int openUnnamed(Path path, Path unnamed) throws FileCalls.Failure, Refused {
        try {
            return FileCalls.open(unnamed, true);
        } catch (FileCalls.Failure failure) {
            boolean isObstacle = failure.errno == FileCalls.EISDIR || failure.errno == FileCalls.EACCES;
            if (isObstacle && Files.exists(unnamed)) {
                throw new Refused(
                        Fault.IO_ERROR,
                        "cannot make the heap file " + path + ", as " + unnamed + " is in the way ("
                                + failure.getMessage() + "). Delete or rename " + unnamed,
                        failure);
            }
            throw failure;
        }
    }

    private static Path unnamed(Path path) {
        return path.resolveSibling(path.getFileName() + ".new");
    }

    private static void requireFileSystem(Path path, int descriptor) throws FileCalls.Failure, Refused {
        long kind = FileCalls.fileSystem(descriptor);
        if (!FILE_SYSTEMS.containsKey(kind)) {
            throw new Refused(
                    Fault.NOT_SUPPORTED,
                    path + " is in a file system that cannot hold a heap: "
                            + OTHER_FILE_SYSTEMS.getOrDefault(kind, "number 0x" + Long.toHexString(kind))
                            + ". Use a file in tmpfs, such as in /dev/shm, or in ext4 or xfs",
                    null);
        }
    }

    /**
     * Locks the file to write. Waits while the kernel takes back the memory of a killed process that has the
     * lock.
     */
    private static void lock(Path path, int descriptor) throws FileCalls.Failure, Refused {
        long begun = System.nanoTime();
        boolean mayEnd = true;
        while (!tryLock(descriptor)) {
            if (!mayEnd || System.nanoTime() - begun > PATIENCE_NANOS) {
                throw new Refused(
                        Fault.IN_USE,
                        FileCalls.isLocked(descriptor, WRITER_BYTE)
                                ? path + " is in use by " + holder(descriptor)
                                : path + " is in use by a heap that is read only and reads a map for one thread at a"
                                        + " time, or whole tables: close that heap, or wait until it has read them",
                        null);
            }
            // It may end between this question and the next try, so there is one more try in any case.
            mayEnd = FileCalls.isLocked(descriptor, WRITER_BYTE) && WriterProcess.isEnding(writer(descriptor));
            if (mayEnd) {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }

    private static boolean tryLock(int descriptor) throws FileCalls.Failure, Refused {
        try {
            FileCalls.lock(descriptor, WRITER_BYTE);
            return true;
        } catch (FileCalls.Failure failure) {
            if (failure.errno == FileCalls.EINVAL) {
                throw new Refused(Fault.NOT_SUPPORTED, "the kernel has no locks of open files (Linux 3.15)", failure);
            }
            if (failure.errno != FileCalls.EAGAIN && failure.errno != FileCalls.EACCES) {
                throw failure;
            }
            return false;
        }
    }

    /** Returns the word of the process that the header names; 0 if it names none yet. */
    private static long writer(int descriptor) throws FileCalls.Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(HeapLayout.PAGE_BYTES);
            FileCalls.read(descriptor, segment);
            return Fields.writer(segment);
        }
    }

    private static String holderOf(int descriptor) {
        try {
            return "by " + holder(descriptor);
        } catch (FileCalls.Failure unknown) {
            return "by another process";
        }
    }

    private static String holder(int descriptor) throws FileCalls.Failure {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(HeapLayout.PAGE_BYTES);
            FileCalls.read(descriptor, segment);
            long pid = WriterProcess.pid(Fields.writer(segment));
            if (pid == 0) {
                return "a process that makes it";
            }
            String process = pid == ProcessHandle.current().pid() ? "this process, " + pid : "process " + pid;
            return process + ", which opened it at " + Instant.ofEpochMilli(Fields.writerStart(segment))
                    + ". One heap at a time can have a file open: close the other one";
        }
    }

    /** Returns whether a path leads to the open file. */
    private static boolean isFile(int descriptor, Path path) throws IOException {
        return Files.exists(path) && Files.isSameFile(path, Path.of("/proc/self/fd/" + descriptor));
    }

    private static HeapFile read(Path path, int descriptor, UUID boot) throws FileCalls.Failure, Refused {
        long bytes = FileCalls.size(descriptor);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(HeapLayout.PAGE_BYTES);
            long read = FileCalls.read(descriptor, segment);
            Fields.require(path, segment, read, bytes);
            boolean wasOpen = Fields.isOpen(path, segment);
            requireLength(path, descriptor, segment, bytes, wasOpen);
            long capacity = Fields.capacity(segment);
            HeapFile file =
                    new HeapFile(path, descriptor, false, false, capacity, Fields.granuleShift(segment), wasOpen, boot);
            file.requireBoot(segment);
            if (bytes < capacity) {
                FileCalls.setSize(descriptor, capacity);
            }
            return file;
        }
    }

    /**
     * Requires that a file has all bytes of its heap. A closed file may end behind the last granule in
     * use, as a snapshot does.
     *
     * @param memory the first page of the file
     */
    private static void requireLength(Path path, int descriptor, MemorySegment memory, long bytes, boolean wasOpen)
            throws FileCalls.Failure, Refused {
        long capacity = Fields.capacity(memory);
        if (bytes < capacity && (wasOpen || bytes < contentBytes(descriptor, memory, bytes))) {
            throw new Refused(Fault.TRUNCATED, path + " has " + bytes + " bytes; its heap had " + capacity, null);
        }
    }

    /** Returns where the content of a closed file ends, as its commit map says. */
    private static long contentBytes(int descriptor, MemorySegment memory, long bytes) throws FileCalls.Failure {
        long tableOffset = Fields.tableOffset(memory);
        if (bytes < tableOffset) {
            return tableOffset;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(tableOffset);
            FileCalls.read(descriptor, segment);
            return CommitMap.endOfMarked(segment, Fields.capacity(memory), Fields.granuleShift(memory));
        }
    }

    /** Does the same to read only. Another process may be writing to the file. */
    private static HeapFile readBesideWriter(Path path, int descriptor, UUID boot) throws FileCalls.Failure, Refused {
        long bytes = FileCalls.size(descriptor);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocate(HeapLayout.PAGE_BYTES);
            for (boolean isSecondLook = false; ; isSecondLook = true) {
                boolean isWritten = FileCalls.isLocked(descriptor, WRITER_BYTE);
                long read = FileCalls.read(descriptor, segment);
                if (!isWritten && FileCalls.isLocked(descriptor, WRITER_BYTE)) {
                    continue; // the bytes may be those of before and of after its first changes
                }
                Fields.require(path, segment, read, bytes);
                boolean isOpen = isWritten ? Fields.saysOpen(segment) : Fields.isOpen(path, segment);
                requireLength(path, descriptor, segment, bytes, isOpen);
                HeapFile file = new HeapFile(
                        path,
                        descriptor,
                        true,
                        false,
                        Fields.capacity(segment), // accesses behind the end of the file fail
                        Fields.granuleShift(segment),
                        isOpen,
                        boot);
                file.length = bytes;
                try {
                    file.requireBoot(segment);
                    return file;
                } catch (Refused lostPower) {
                    if (isSecondLook) { // the first look may have been between two stores of the writer
                        throw lostPower;
                    }
                }
            }
        }
    }

    /** Requires that the machine has not gone down since the file was open. */
    private void requireBoot(MemorySegment segment) throws Refused {
        if (wasOpen && !Fields.isOfBoot(segment, bootHigh, bootLow)) {
            throw new Refused(
                    Fault.LOST_POWER,
                    path + " was open when the machine went down, so its pages are of different moments."
                            + " Restore it from a copy, or delete it and fill it anew",
                    null);
        }
    }

    /** Reads and writes the header's fields about the file. */
    private static final class Fields {
        private Fields() {}

        static boolean isHeap(MemorySegment memory, long read) {
            return read >= Long.BYTES && Mem.getLong(memory, HeapLayout.MAGIC_OFFSET) == HeapLayout.MAGIC;
        }

        static long capacity(MemorySegment memory) {
            return Mem.getLong(memory, HeapLayout.CAPACITY_OFFSET);
        }

        static long tableOffset(MemorySegment memory) {
            return Mem.getLong(memory, HeapLayout.TABLE_OFFSET_OFFSET);
        }

        static long writer(MemorySegment memory) {
            return Mem.getLong(memory, HeapLayout.WRITER_OFFSET);
        }

        static long writerStart(MemorySegment memory) {
            return Mem.getLong(memory, HeapLayout.WRITER_START_OFFSET);
        }

        static int granuleShift(MemorySegment memory) {
            return Mem.getInt(memory, HeapLayout.GRANULE_SHIFT_OFFSET);
        }

        static long generation(MemorySegment memory) {
            return Mem.getLong(memory, HeapLayout.GENERATION_OFFSET);
        }

        static boolean isOfBoot(MemorySegment memory, long high, long low) {
            return Mem.getLong(memory, HeapLayout.BOOT_ID_OFFSET) == high
                    && Mem.getLong(memory, HeapLayout.BOOT_ID_OFFSET + Long.BYTES) == low;
        }

        /** Requires that the first page of a file is that of a heap which fills the file, or more. */
        static void require(Path path, MemorySegment memory, long read, long bytes) throws Refused {
            if (!isHeap(memory, read)) {
                throw refused(
                        Fault.NOT_A_HEAP,
                        path,
                        bytes == 0 ? "is empty and not a heap" : "is not a heap: it does not begin as one");
            }
            if (read < HeapLayout.HEADER.byteSize()) {
                throw refused(Fault.TRUNCATED, path, "ends in the header of the heap, after " + bytes + " bytes");
            }
            int version = Mem.getInt(memory, HeapLayout.VERSION_OFFSET);
            int features = Mem.getInt(memory, HeapLayout.FEATURES_OFFSET);
            if (version > HeapLayout.VERSION || (features & 0xFFFF & ~HeapLayout.KNOWN_FEATURES) != 0) {
                throw refused(
                        Fault.NEWER_VERSION,
                        path,
                        "was written by a newer version of memmap: it has version " + version + " and features "
                                + features + ", and this version knows version " + HeapLayout.VERSION
                                + " and features " + HeapLayout.KNOWN_FEATURES);
            }
            if (version != HeapLayout.VERSION) {
                throw refused(
                        Fault.NOT_SUPPORTED,
                        path,
                        "has version " + version + ", which this version of memmap cannot read; it reads version "
                                + HeapLayout.VERSION);
            }
            int check = Mem.getInt(memory, HeapLayout.HEADER_CHECK_OFFSET);
            if (check != HeaderSums.ofConstants(memory)) {
                throw refused(Fault.DAMAGED, path, "is damaged: its header does not have the sum that it states");
            }
            int hashVersion = Mem.getInt(memory, HeapLayout.HASH_VERSION_OFFSET);
            if (hashVersion != Hash.VERSION) {
                throw refused(
                        Fault.OTHER_HASH,
                        path,
                        "was written with hash function " + hashVersion + "; this version of memmap has "
                                + Hash.VERSION);
            }
            try {
                HeapGeometry.read(memory, Math.max(bytes, capacity(memory)));
            } catch (IllegalArgumentException damaged) {
                throw refused(Fault.DAMAGED, path, "is damaged: " + damaged.getMessage());
            }
        }

        static boolean saysOpen(MemorySegment memory) {
            return Mem.getInt(memory, HeapLayout.FILE_STATE_OFFSET) == HeapLayout.FILE_OPEN;
        }

        /**
         * Returns whether the file says that a process has it open. Requires that no process has.
         */
        static boolean isOpen(Path path, MemorySegment memory) throws Refused {
            int state = Mem.getInt(memory, HeapLayout.FILE_STATE_OFFSET);
            if (state == HeapLayout.FILE_OPEN) {
                return true;
            }
            if (state != HeapLayout.FILE_CLEAN) {
                throw refused(
                        Fault.DAMAGED,
                        path,
                        state == HeapLayout.FILE_NONE
                                ? "is a copy of the memory of a heap that is in no file"
                                : "is damaged: its file state is " + state);
            }
            if (Mem.getInt(memory, HeapLayout.CLOSE_CHECK_OFFSET) != HeaderSums.ofAll(memory)) {
                throw refused(
                        Fault.DAMAGED, path, "is damaged: its header does not have the sum that it had when closed");
            }
            return false;
        }

        static void begin(MemorySegment memory, long bootHigh, long bootLow, long writer, long millis) {
            Mem.setLong(memory, HeapLayout.BOOT_ID_OFFSET, bootHigh);
            Mem.setLong(memory, HeapLayout.BOOT_ID_OFFSET + Long.BYTES, bootLow);
            Mem.setLong(memory, HeapLayout.WRITER_OFFSET, writer);
            Mem.setLong(memory, HeapLayout.WRITER_START_OFFSET, millis);
            Mem.addLong(memory, HeapLayout.GENERATION_OFFSET, 1);
            VarHandle.storeStoreFence();
            Mem.setInt(memory, HeapLayout.FILE_STATE_OFFSET, HeapLayout.FILE_OPEN);
        }

        static void end(MemorySegment memory) {
            Mem.setInt(memory, HeapLayout.CLOSE_CHECK_OFFSET, HeaderSums.ofAll(memory));
            VarHandle.storeStoreFence();
            Mem.setInt(memory, HeapLayout.FILE_STATE_OFFSET, HeapLayout.FILE_CLEAN);
        }

        private static Refused refused(Fault fault, Path path, String what) {
            return new Refused(fault, path + " " + what, null);
        }
    }

    public Path path() {
        return path;
    }

    /** Returns whether the file was made by this object, and has no heap yet. */
    public boolean isNew() {
        return isNew;
    }

    /** Returns whether a process had the file open when it ended, so that the heap must be repaired. */
    public boolean wasOpen() {
        return wasOpen;
    }

    /** Returns the kind of the file system; empty if it is unknown. */
    public String fileSystem() {
        try {
            return FILE_SYSTEMS.getOrDefault(FileCalls.fileSystem(descriptor), "");
        } catch (FileCalls.Failure unknown) {
            return "";
        }
    }

    /** Returns the size in bytes. */
    long bytes() {
        return bytes;
    }

    int descriptor() {
        return descriptor;
    }

    /** Returns whether the heap of this file only reads it. */
    public boolean isReadOnly() {
        return readOnly;
    }

    /** Returns whether a heap has the file open to write, in a process that goes on. */
    public boolean isWritten() {
        MemorySegment segment = mapping();
        try {
            return FileCalls.isLocked(descriptor, WRITER_BYTE) && !WriterProcess.isEnding(Fields.writer(segment));
        } catch (FileCalls.Failure failure) {
            throw new UncheckedIOException("cannot see who writes " + path + ": " + failure.getMessage(), failure);
        }
    }

    /** Returns whether the file has lost bytes since it was opened. */
    public boolean isShorter() {
        try {
            return FileCalls.size(descriptor) < length;
        } catch (FileCalls.Failure unknown) {
            return false;
        }
    }

    /**
     * Keeps other heaps from opening the file to write until this one, which only reads it, ends or has
     * called {@link #admitWriters} as often as this method.
     *
     * @throws Refused if a heap has the file open to write, or if the last one that had did not close it
     */
    public synchronized void keepWritersOut() throws Refused {
        if (keepers == 0) {
            lockWritersOut();
        }
        keepers++;
    }

    /** Lets other heaps write again, if no other call of {@link #keepWritersOut} keeps them out. */
    public synchronized void admitWriters() {
        try {
            if (--keepers == 0 && !closed) {
                FileCalls.unlock(descriptor, READER_BYTE);
            }
        } catch (FileCalls.Failure kept) {
            // writers are kept out for longer than they need be
        }
    }

    private void lockWritersOut() throws Refused {
        try {
            FileCalls.lockShared(descriptor, WRITER_BYTE);
            MemorySegment segment = mapping();
            if (!Fields.isOpen(path, segment)) {
                return;
            }
            FileCalls.unlock(descriptor, READER_BYTE);
        } catch (FileCalls.Failure failure) {
            if (failure.errno != FileCalls.EAGAIN && failure.errno != FileCalls.EACCES) {
                throw failed(path, failure);
            }
            throw new Refused(Fault.IN_USE, path + " is being written " + holderOf(descriptor), null);
        }
        throw new Refused(
                Fault.WRITER_DIED,
                path + " was open when the process that wrote it ended. Open it to write once: that repairs it",
                null);
    }

    int granuleShift() {
        return granuleShift;
    }

    void setMapping(MemorySegment segment) {
        mapping = segment;
    }

    private MemorySegment mapping() {
        MemorySegment segment = mapping;
        if (segment == null) {
            throw new IllegalStateException("the file is not mapped: " + path);
        }
        return segment;
    }

    /**
     * States in the header that this process has the file open. A new file, whose heap is laid out, gets
     * its name. The heap in an existing file must not be changed before.
     *
     * @throws Refused if the operating system refuses that
     */
    public void begin() throws Refused {
        MemorySegment segment = mapping();
        try {
            Fields.begin(segment, bootHigh, bootLow, WriterProcess.self(), System.currentTimeMillis());
            if (isNew) {
                Files.createLink(path, unnamed(path));
                Files.delete(unnamed(path));
            } else {
                FileCalls.sync(segment.address(), HeapLayout.PAGE_BYTES);
            }
            begun = true;
        } catch (IOException failed) {
            throw new Refused(Fault.IO_ERROR, "cannot open the heap file " + path + ": " + failed.getMessage(), failed);
        }
    }

    /**
     * Writes a file that replaces another one to the disk, states that it is closed, gives it the name of
     * the other one, and closes it. The caller keeps it mapped, but uses it no more.
     *
     * @param used the offset behind the last byte that is not zero; the file ends there
     * @throws Refused if the disk has not taken all of it, or if a heap has the other file open by now;
     *     the other file is as it was
     */
    public void publish(long used) throws Refused {
        MemorySegment segment = mapping();
        try {
            FileCalls.setSize(descriptor, used);
            Fields.begin(segment, bootHigh, bootLow, WriterProcess.self(), System.currentTimeMillis());
            FileCalls.syncUnused(segment.address(), used);
            Fields.end(segment);
            FileCalls.sync(segment.address(), HeapLayout.PAGE_BYTES);
            int replaced = lockReplaceable(path);
            try {
                Files.move(unnamed(path), path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                FileCalls.close(replaced);
            }
            closed = true;
            release();
            Path directory = path.toAbsolutePath().getParent();
            try (FileChannel channel = FileChannel.open(directory)) { // a root is no file to replace
                channel.force(true);
            }
        } catch (IOException failed) {
            throw new Refused(
                    Fault.IO_ERROR, "cannot write the heap file " + path + ": " + failed.getMessage(), failed);
        }
    }

    /** Returns how often the file has been opened to write. */
    public long generation() {
        MemorySegment segment = mapping();
        return Fields.generation(segment);
    }

    /**
     * Closes the file of a heap that could not be opened, and releases the lock. The file stays as it
     * is, or is as closed if {@link #begin} has changed it. A new file without a name is deleted.
     */
    public void abandon() {
        if (begun) {
            end();
            return;
        }
        if (closed) {
            return;
        }
        closed = true;
        try {
            if (isNew) {
                Files.deleteIfExists(unnamed(path));
            }
        } catch (IOException left) {
            // the next process that makes the file reuses it
        } finally {
            release();
        }
    }

    /** Closes the descriptor. The lock ends here, even while the file is mapped. */
    private void release() {
        try {
            FileCalls.unlock(descriptor, LOCK_BYTES);
        } catch (FileCalls.Failure kept) {
            // it ends with the mapping
        } finally {
            FileCalls.close(descriptor);
        }
    }

    /** Writes the file to the disk, and waits for it. The caller keeps it mapped. */
    public void sync() throws IOException {
        FileCalls.sync(mapping().address(), bytes);
    }

    /**
     * Sets what must hold when the heap's arena has ended, so that the file is closed cleanly. Without
     * it the next opening repairs the heap.
     */
    public void requireAtEnd(BooleanSupplier condition) {
        isWhole = condition;
    }

    /**
     * Closes the file, whose heap no thread uses any more. Before that, writes all of it to the disk and
     * states that it was closed, unless the end of the arena has interrupted a write.
     *
     * @throws UncheckedIOException if the disk has not taken all of it; then the file still says that
     *     it is open
     */
    void end() {
        if (closed) {
            return;
        }
        closed = true;
        MemorySegment segment = mapping();
        try {
            if (begun) {
                FileCalls.syncUnused(segment.address(), bytes);
                if (!isWhole.getAsBoolean()) {
                    return;
                }
                Fields.end(segment);
                FileCalls.sync(segment.address(), HeapLayout.PAGE_BYTES);
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(
                    "the heap file " + path + " was not closed cleanly: " + failed.getMessage(), failed);
        } finally {
            release();
        }
    }

    /** Gives the file space for these bytes. Returns false if the file system has no room. */
    boolean allocate(long offset, long length) {
        try {
            FileCalls.allocate(descriptor, offset, length);
            return true;
        } catch (FileCalls.Failure full) {
            return false;
        }
    }

    /** Returns the number of free blocks of the file system; 0 if it is unknown. */
    long freeBlocks() {
        try {
            return FileCalls.freeBlocks(descriptor);
        } catch (FileCalls.Failure unknown) {
            return 0;
        }
    }

    /** Returns whether the file has a heap that has its name. */
    boolean hasBegun() {
        return begun;
    }

    /** Returns in words that the file system has no room. */
    String lack() {
        try {
            FileStore store = Files.getFileStore(path);
            return "the file system of " + path + " has " + store.getUsableSpace() + " bytes left";
        } catch (IOException unknown) {
            return "the file system of " + path + " is full";
        }
    }
}
