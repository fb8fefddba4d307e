package io.memmap.kafka;

import io.memmap.HeapFileException;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The persistent stores in the file of a heap. Each has a <em>path</em>: the name of its directory
 * below that of the application, as {@code 0_3/counts}. The names of its maps begin with its path.
 *
 * <p><b>The life of a store.</b> Kafka deletes the directory of a task when its state is not wanted
 * any more, or must not be used. So the directory of each store has a <em>marker</em>, a file with a
 * random number. If it is gone or has another number, the maps of the store are removed: when the
 * store opens, when the heap opens, and now and then between.
 */
final class SavedStores {
    private static final Logger LOG = LoggerFactory.getLogger(SavedStores.class);

    /** The name of the markers. */
    static final String MARKER = "memmap";

    /** The name of the map that has a {@link SavedStore} for each path. It has no slash, which each path has. */
    private static final String STORES = "stores";

    private static final byte[] NOTHING = {};

    /** What the names of the maps of other stores begin with. They end with the process. */
    private static final String TEMPORARY = "temporary/";

    private final NativeHeap heap;
    /** The directory of the application. */
    private final Path directory;
    /** Guarded by this object, as are the paths of the stores that are open. */
    private final MemMap<String, byte[]> stores;

    private final Set<String> open = new HashSet<>();
    private long temporaries;

    private SavedStores(NativeHeap heap, Path directory) {
        this.heap = heap;
        this.directory = directory;
        stores = MemMap.open(heap, STORES, Type.UTF8, Type.BYTES);
        maps(TEMPORARY).forEach(heap::remove);
        removeDeleted();
    }

    /**
     * Opens the heap in a file. If the file does not exist, or if its contents cannot be used, opens an
     * empty heap. The log says why.
     *
     * @param builder what opens the heap, except for its file
     * @param file the file
     * @param directory the directory of the application
     * @throws ProcessorStateException if there can be no heap in the file
     */
    static SavedStores open(NativeHeap.Builder builder, Path file, Path directory) {
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            return tryOpen(builder, file, directory);
        } catch (HeapFileException | IOException failed) {
            throw new ProcessorStateException(
                    "There can be no heap for persistent stores in " + file + ": " + failed.getMessage(), failed);
        }
    }

    private static SavedStores tryOpen(NativeHeap.Builder builder, Path file, Path directory) throws IOException {
        NativeHeap heap;
        try {
            heap = builder.file(file).open();
        } catch (HeapFileException refused) {
            return openAnew(builder, file, directory, refused.reason(), refused);
        }
        try {
            SavedStores opened = new SavedStores(heap, directory);
            LOG.info("The heap {} of persistent stores is open: {}", file, heap.opening());
            return opened;
        } catch (IllegalArgumentException notOurs) {
            heap.close();
            return openAnew(builder, file, directory, HeapFileException.Reason.NOT_A_HEAP, notOurs);
        } catch (RuntimeException | Error failed) {
            heap.close();
            throw failed;
        }
    }

    /** Opens an empty heap in place of a file that was refused, or throws the refusal if it would be so again. */
    private static SavedStores openAnew(
            NativeHeap.Builder builder,
            Path file,
            Path directory,
            HeapFileException.Reason reason,
            RuntimeException refused)
            throws IOException {
        if (reason == HeapFileException.Reason.IN_USE
                || reason == HeapFileException.Reason.IO_ERROR
                || !Files.isRegularFile(file)) {
            throw refused;
        }
        Path aside = file.resolveSibling(file.getFileName() + ".refused");
        Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
        SavedStores opened;
        try {
            opened = tryOpen(builder, file, directory);
        } catch (RuntimeException | Error again) { // so the file is not to blame
            Files.move(aside, file);
            throw again;
        }
        boolean lostPower = reason == HeapFileException.Reason.LOST_POWER;
        if (lostPower) {
            Files.delete(aside);
        }
        LOG.warn(
                "The heap of persistent stores in {} cannot be used. {}. Kafka restores all stores from their"
                        + " changelogs. The reason is {}: {}",
                file,
                lostPower ? "It has been deleted" : "It is now " + aside + ", which you can delete",
                reason,
                refused.getMessage());
        return opened;
    }

    NativeHeap heap() {
        return heap;
    }

    /** Returns the path of a store with this directory. */
    String path(Path store) {
        return directory.relativize(store).toString();
    }

    /**
     * Finds a store. It is empty if it was not there, if Kafka has deleted its directory, or if it has
     * another form than the one that it is to have.
     */
    synchronized SavedStore find(String path, String form) {
        SavedStore saved = find(path);
        if (saved == null || !saved.id().equals(marker(path)) || !saved.form().equals(form)) {
            if (saved != null && !saved.form().equals(form)) {
                LOG.info(
                        "Store {} begins empty, as it has become a {}, and was a {}. Kafka restores it from its"
                                + " changelog",
                        path,
                        form,
                        saved.form());
            }
            remove(path);
            saved = SavedStore.begin(form);
            mark(path, saved.id());
        }
        return saved;
    }

    /** Begins the use of a store. */
    synchronized void begin(String path, SavedStore saved) {
        write(path, saved);
        open.add(path);
    }

    synchronized void write(String path, SavedStore saved) {
        stores.set(path, saved.bytes());
    }

    /** Ends the use of a store. Its maps stay. */
    synchronized void close(String path, SavedStore saved) {
        open.remove(path);
        write(path, saved);
    }

    /** Returns the names of the maps of a store. */
    List<String> mapsOf(String path) {
        List<String> names = maps(path + '/');
        if (heap.maps().containsKey(path)) {
            names.add(path);
        }
        return names;
    }

    private List<String> maps(String prefix) {
        List<String> names = new ArrayList<>(heap.maps().keySet());
        names.removeIf(name -> !name.startsWith(prefix));
        return names;
    }

    /** Returns a name for a map of a store that is not persistent: a map in a file must have one. */
    synchronized String temporary(String name) {
        return TEMPORARY + temporaries++ + '/' + name;
    }

    /** Removes the stores whose directories Kafka has deleted, except for those that are open. */
    synchronized void removeDeleted() {
        for (String path : List.copyOf(stores.asMap().keySet())) {
            SavedStore saved = find(path);
            if (!open.contains(path) && (saved == null || !saved.id().equals(marker(path)))) {
                LOG.info("The directory of store {} is gone, so the store is removed from the heap", path);
                remove(path);
            }
        }
    }

    private @Nullable SavedStore find(String path) {
        return SavedStore.of(stores.getOrDefault(path, NOTHING));
    }

    /** Removes a store. If the process dies meanwhile, the store is there with its old number. */
    private void remove(String path) {
        mapsOf(path).forEach(heap::remove);
        stores.delete(path);
    }

    /** Returns the number in the marker of a store; null if the store has no marker. */
    private @Nullable UUID marker(String path) {
        try {
            return UUID.fromString(Files.readString(directory.resolve(path).resolve(MARKER)));
        } catch (NoSuchFileException | IllegalArgumentException none) {
            return null;
        } catch (IOException failed) {
            throw new ProcessorStateException("The marker of store " + path + " cannot be read", failed);
        }
    }

    private void mark(String path, UUID id) {
        Path store = directory.resolve(path);
        try {
            Files.createDirectories(store);
            Files.writeString(store.resolve(MARKER), id.toString());
        } catch (IOException failed) {
            throw new ProcessorStateException("The marker of store " + path + " cannot be written", failed);
        }
    }
}
