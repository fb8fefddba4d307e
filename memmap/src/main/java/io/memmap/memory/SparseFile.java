package io.memmap.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.UUID;

/**
 * Memory for heaps without native access: a private mapping of a temporary file that consists of
 * one hole. The operating system backs a page when it is written. The written bytes are never
 * stored in the file, so the file takes no space on the disk. The system takes no page back before
 * the arena ends. A touched page is also in the page cache, as a page of zeros, until the system
 * needs the memory.
 */
final class SparseFile {
    /**
     * The file systems that produce the pages of a hole without storage. Other file systems are not
     * used. In a file system that lies in memory, each page would count twice. If such a file
     * system were full, or if the server of a remote file system were gone, a touch would end the
     * JVM.
     */
    private static final Set<String> FILE_SYSTEMS =
            Set.of("apfs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "NTFS", "overlay", "xfs", "zfs");

    /**
     * If less is left than was wanted, a heap without a size from the user takes one part in this
     * many.
     */
    private static final long SCARCITY = 4;

    private SparseFile() {}

    /**
     * Maps {@code most} zeroed bytes or, if these are not available, fewer, but at least {@code
     * least}.
     *
     * @param directory the directory for the file, which is deleted at once
     * @param asked whether the user has asked for {@code least}; then it may be all that is left
     * @throws IOException if the bytes are not available; the message says which setting helps
     */
    static MemorySegment map(Path directory, Arena arena, long most, long least, boolean asked) throws IOException {
        boolean interrupted = Thread.interrupted(); // an interrupt would close the channel
        try {
            while (true) {
                try {
                    return mapNew(directory, arena, most, least, asked);
                } catch (ClosedByInterruptException again) {
                    interrupted |= Thread.interrupted();
                }
            }
        } catch (IOException | SecurityException failed) {
            throw new IOException(
                    "cannot map " + least + " bytes of a file in " + directory + " (" + failed
                            + "); set -Djava.io.tmpdir to a directory on a local disk, or raise ulimit -v or ulimit -f",
                    failed);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static MemorySegment mapNew(Path directory, Arena arena, long most, long least, boolean asked)
            throws IOException {
        String fileSystem = Files.getFileStore(directory).type();
        if (!FILE_SYSTEMS.contains(fileSystem)) {
            throw new IOException("the file system is " + fileSystem + ", which is not known to be on a local disk");
        }
        Path file = directory.resolve("memmap-" + UUID.randomUUID());
        boolean posix = directory.getFileSystem().supportedFileAttributeViews().contains("posix");
        FileAttribute<?>[] owners = posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.SPARSE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE),
                owners)) {
            try {
                return map(channel, arena, most, least, asked);
            } finally {
                if (!file.toFile().delete()) { // Windows does not delete a mapped file
                    file.toFile().deleteOnExit();
                }
            }
        }
    }

    private static MemorySegment map(FileChannel channel, Arena arena, long most, long least, boolean asked)
            throws IOException {
        long bytes = most;
        boolean fits = fits(channel, most);
        while (!fits && bytes > least) {
            bytes = Math.max(bytes / SCARCITY & -1L << VirtualMemory.HUGE_SHIFT, least);
            fits = fits(channel, SCARCITY * bytes);
        }
        if (!fits && !asked) {
            throw new IOException("no room to map " + SCARCITY * bytes + " bytes");
        }
        return channel.map(FileChannel.MapMode.PRIVATE, 0, bytes, arena);
    }

    private static boolean fits(FileChannel channel, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            return channel.map(FileChannel.MapMode.PRIVATE, 0, bytes, arena).byteSize() == bytes;
        } catch (IOException tooLarge) {
            return false;
        }
    }
}
