package io.memmap;

import io.memmap.memory.BlockAllocator;
import io.memmap.memory.HeapFile;
import io.memmap.memory.Reservation;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Writes one snapshot for {@link NativeHeap#snapshot(Path, Snapshot.Consistency)}: lays out a new
 * heap in a file, copies the maps and the words that have names to it, and gives the file its name
 * when it is complete and on the disk. Observers of the heap learn of each snapshot, also of one
 * that fails.
 *
 * <p>The new heap has the secrets of the other one, so the arrays of the maps are copied as they
 * are. If a step fails, the new file is deleted, and the file that it was to replace stays.
 */
final class SnapshotWriter {
    private final NativeHeap heap;
    private final Path file;
    private final boolean allAtOnce;
    private final long startNanos = System.nanoTime();

    /** Prepares a snapshot. No map changes until the last one is copied if {@code allAtOnce}. */
    SnapshotWriter(NativeHeap heap, Path file, boolean allAtOnce) {
        this.heap = heap;
        this.file = file;
        this.allAtOnce = allAtOnce;
    }

    /** Writes the snapshot. Call this once. */
    Snapshot write() {
        String path = file.toString();
        try {
            Snapshot written = writeFile();
            heap.live()
                    .snapshotTaken(
                            path,
                            allAtOnce,
                            written.maps(),
                            written.bytes(),
                            written.time().toNanos());
            return written;
        } catch (RuntimeException | Error failed) {
            heap.live().snapshotFailed(path, allAtOnce, System.nanoTime() - startNanos, failed);
            throw failed;
        }
    }

    private Snapshot writeFile() {
        heap.requireChangeable();
        long maxBytes = heap.stats().maxBytes();
        try (Arena arena = Arena.ofConfined()) {
            HeapFile target = HeapFile.replace(file, maxBytes);
            try {
                Reservation mapping = Reservation.ofFile(arena, target);
                BlockAllocator made = layOut(mapping, maxBytes);
                NativeHeap copy = new NativeHeap(mapping, made, null, HeapOptions.UNOBSERVED);
                int maps = heap.names().copyTo(copy, allAtOnce);
                made.dropAhead();
                made.check();
                made.setMaxBytes(Math.max(BlockAllocator.wholePages(maxBytes), made.leastMaxBytes()));
                long bytes = made.committedEnd();
                target.publish(bytes);
                return new Snapshot(file, maps, bytes, Duration.ofNanos(System.nanoTime() - startNanos));
            } finally {
                target.abandon(); // without effect on a file that is published
            }
        } catch (HeapFile.Refused refused) {
            throw HeapFileException.of(file, refused);
        } finally {
            Reference.reachabilityFence(heap);
        }
    }

    private BlockAllocator layOut(Reservation mapping, long maxBytes) {
        try {
            BlockAllocator made = new BlockAllocator(mapping, mapping.bytes());
            made.adoptSecrets(heap::secret);
            return made;
        } catch (OutOfMemoryError none) {
            throw HeapExhaustedException.ofReservation(maxBytes, none);
        }
    }
}
