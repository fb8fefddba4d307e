package io.memmap;

/**
 * A shard of a heap that is read only. Its lock is held for ever, so no thread of this process writes
 * to it, and each read takes the path that asks for a version. This version is the {@link
 * SequenceWord} in the file, which the writing process changes.
 *
 * @param <T> the class of the table
 */
final class ReadOnlyShard<T extends HashTable> extends Shard<T> {
    private static final long serialVersionUID = 1L;

    private final transient NativeHeap heap;
    final transient SequenceWord word;

    private ReadOnlyShard(T table, NativeHeap heap, SequenceWord word) {
        super(table);
        this.heap = heap;
        this.word = word;
        writeLock();
    }

    /**
     * Opens the shard whose header is at this pointer. The handle of its table reads only what never
     * changes in the header, and caches nothing else. So a shard can be opened that is being written.
     */
    static <T extends HashTable> Shard<T> open(NativeHeap heap, long header, String map, Shards.Tables<T> tables) {
        T table = tables.handle(header);
        return new ReadOnlyShard<>(table, heap, new SequenceWord(heap, header, table.identity, "the map named " + map));
    }

    @Override
    long version() {
        return word.version();
    }

    @Override
    boolean isUnchanged(long version) {
        return word.isUnchanged(version);
    }

    @Override
    boolean triesAgain(int tries) {
        if (tries > 0) {
            word.pause(tries);
        }
        return true;
    }

    @Override
    long lockForWrite() {
        throw heap.readOnly();
    }

    @Override
    long lockForRead() {
        throw heap.readOnly(); // it would wait for ever
    }

    @Override
    long lockForNestedRead(Runnable requireOpen) {
        throw heap.readOnly();
    }
}
