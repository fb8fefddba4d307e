package io.memmap;

import io.memmap.memory.BlockAllocator;
import io.memmap.memory.HeapFile;
import io.memmap.memory.Reservation;
import io.memmap.telemetry.FileFigures;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/**
 * Opens one heap for a {@link NativeHeap.Builder}: in memory, in a file to write, or in a file to
 * read. This class connects the parts of a heap: its memory and its blocks, the end of its arena,
 * the report on its opening, and its observers.
 *
 * <p>A file is repaired and checked before its header says that this process has it open. Observers
 * see the heap last, when all other steps have succeeded. If a step fails, {@link HeapFile#abandon}
 * closes the file, and the end of the arena unmaps it.
 */
final class HeapOpener {
    private final HeapOptions options;
    private final Arena arena;
    private final boolean ownsArena;
    private final long startNanos = System.nanoTime();

    /**
     * Prepares the opening of a heap.
     *
     * @param arena the arena whose lifetime and thread rule the heap gets
     * @param ownsArena whether the heap ends the arena
     */
    HeapOpener(HeapOptions options, Arena arena, boolean ownsArena) {
        this.options = options;
        this.arena = arena;
        this.ownsArena = ownsArena;
    }

    /** Opens the heap. Call this once. */
    NativeHeap open() {
        Path path = options.file();
        if (path != null) {
            return openFile(path);
        }
        if (options.readOnly()) {
            throw new IllegalStateException("a heap that is read only needs a file: call file(...) before open()");
        }
        return openMemory();
    }

    private NativeHeap openMemory() {
        long bytes = newBytes();
        try {
            Reservation reservation = Reservation.of(
                    arena,
                    bytes,
                    Reservation.addressBytes(bytes),
                    options.pages() == Pages.HUGE,
                    options.virtualMemory());
            return observed(heap(reservation, layOut(reservation)));
        } catch (OutOfMemoryError none) {
            throw HeapExhaustedException.ofReservation(bytes, none);
        }
    }

    private NativeHeap openFile(Path path) {
        if (!arena.scope().isAlive()) {
            throw new IllegalStateException("Already closed: the arena for the heap has ended");
        }
        try {
            if (!options.virtualMemory()) {
                throw HeapFile.Refused.unsupported(path + " cannot have a heap with no virtual memory");
            }
            HeapFile file = options.readOnly()
                    ? HeapFile.openToRead(path)
                    : HeapFile.open(path, newBytes(), options.pages() == Pages.HUGE);
            try {
                return options.readOnly() ? openToRead(file) : openToWrite(file);
            } catch (Throwable failed) {
                file.abandon();
                throw failed;
            }
        } catch (HeapFile.Refused refused) {
            throw HeapFileException.of(path, refused);
        } catch (OutOfMemoryError none) {
            throw HeapExhaustedException.ofReservation(options.maxBytes(), none);
        }
    }

    private NativeHeap openToWrite(HeapFile file) throws HeapFile.Refused {
        Reservation reservation = Reservation.ofFile(arena, file);
        MapRepair.Repaired repaired = MapRepair.Repaired.NOTHING;
        BlockAllocator blocks;
        if (file.isNew()) {
            blocks = layOut(reservation);
            file.begin();
        } else {
            blocks = BlockAllocator.at(reservation);
            if (file.wasOpen()) {
                repaired = repair(file, blocks, reservation.memory());
            }
            long bound = boundOf(blocks);
            file.begin();
            blocks.setMaxBytes(bound);
        }
        NativeHeap heap = heap(reservation, blocks);
        file.requireAtEnd(heap.names()::areWhole);
        Opening.How how =
                file.isNew() ? Opening.How.CREATED : file.wasOpen() ? Opening.How.RECOVERED : Opening.How.CLEAN;
        return observed(heap, file, how, repaired);
    }

    private NativeHeap openToRead(HeapFile file) throws HeapFile.Refused {
        Reservation reservation = Reservation.ofFile(arena, file);
        NativeHeap heap = heap(reservation, BlockAllocator.at(reservation));
        return observed(heap, file, Opening.How.READ_ONLY, MapRepair.Repaired.NOTHING);
    }

    /** Returns the bytes of a heap that is made; 0 for the default. */
    private long newBytes() {
        long asked = options.maxBytes();
        return options.pages() == Pages.HUGE && asked != 0 ? Math.max(asked, BlockAllocator.MIN_HUGE_CAPACITY) : asked;
    }

    /** Lays out the tables of a heap that is made. */
    private BlockAllocator layOut(Reservation reservation) {
        long bytes = newBytes();
        return new BlockAllocator(reservation, bytes == 0 ? reservation.bytes() : BlockAllocator.wholePages(bytes));
    }

    /** Returns the bound for a heap that is in a file already. */
    private long boundOf(BlockAllocator blocks) {
        if (options.maxBytes() == 0) {
            return blocks.maxBytes();
        }
        long bound = BlockAllocator.wholePages(options.maxBytes());
        if (bound > blocks.reservedBytes()) {
            throw new IllegalArgumentException("maxBytes must be at most the size of the file, "
                    + blocks.reservedBytes() + ": " + bound + ". Only a new file can be larger");
        }
        if (bound < blocks.leastMaxBytes()) {
            throw new IllegalArgumentException("maxBytes must be at least what the heap in the file needs, "
                    + blocks.leastMaxBytes() + ": " + bound);
        }
        return bound;
    }

    /** Repairs the heap of a file that a process had open when it ended. */
    private static MapRepair.Repaired repair(HeapFile file, BlockAllocator blocks, MemorySegment memory)
            throws HeapFile.Refused {
        try {
            MapRepair.Repaired repaired = MapRepair.repair(blocks, memory);
            blocks.check();
            return repaired;
        } catch (IllegalStateException
                | IllegalArgumentException
                | IndexOutOfBoundsException
                | ArithmeticException damaged) {
            throw HeapFile.Refused.damaged(file.path(), damaged);
        }
    }

    /** Makes the heap, whose last actions the end of the arena runs. */
    private NativeHeap heap(Reservation reservation, BlockAllocator blocks) {
        NativeHeap heap = new NativeHeap(reservation, blocks, ownsArena ? arena : null, options);
        reservation.onEnd(arena, heap.end());
        return heap;
    }

    /** Sets the report on the opening of a heap in a file, and lets observers see the heap. */
    private NativeHeap observed(NativeHeap heap, HeapFile file, Opening.How how, MapRepair.Repaired repaired)
            throws HeapFile.Refused {
        Opening report = new Opening(
                how,
                Duration.ofNanos(System.nanoTime() - startNanos),
                file.generation(),
                countMaps(heap, file),
                repaired.undone(),
                repaired.swept());
        heap.setOpening(report);
        FileFigures figures = new FileFigures(
                file.path().toString(),
                file.fileSystem(),
                file.isReadOnly(),
                report.generation(),
                how.name(),
                report.time().toNanos(),
                report.undone(),
                report.freedBlocks(),
                0,
                0,
                0);
        // The file of a heap that writes it refers to the heap, and that of one that reads it does not.
        BooleanSupplier hasLostPages = file.isReadOnly() ? file::isShorter : () -> false;
        heap.live().setFile(figures, how == Opening.How.RECOVERED, hasLostPages);
        return observed(heap);
    }

    private static NativeHeap observed(NativeHeap heap) {
        heap.live().open(heap.isConfined(), ObservedMap.READER);
        return heap;
    }

    private static int countMaps(NativeHeap heap, HeapFile file) throws HeapFile.Refused {
        try {
            if (!heap.isReadOnly()) { // beside a writer the directory may be between two states
                heap.names().check();
            }
            return heap.maps().size();
        } catch (IllegalArgumentException
                | IllegalStateException
                | IndexOutOfBoundsException
                | ArithmeticException broken) {
            throw HeapFile.Refused.damaged(file.path(), broken);
        }
    }
}
