package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.Mem;
import io.memmap.format.WordsLayout;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Some numbers that a heap has by name, such as the position in a journal up to which the maps of
 * the heap have it. All threads that may use the heap may use them: each method reads or writes one
 * number atomically, with the effects on memory of {@link
 * java.util.concurrent.atomic.AtomicLongArray}.
 *
 * {@snippet :
 * HeapWords position = heap.words("position", 1);
 * for (Change change : journal.from(position.get(0))) {
 *     counts.put(change.key(), change.value());
 *     position.set(0, change.number() + 1); // behind the change
 * }
 * }
 *
 * <p>A {@linkplain NativeHeap#snapshot(java.nio.file.Path) snapshot} copies the words before it
 * copies a map. So if a program sets the position behind each change, the maps of the snapshot have
 * every change up to the position, and perhaps later ones. With {@link
 * Snapshot.Consistency#ALL_AT_ONCE}, these are at most the one change of each thread that was
 * between its change and its position. To make all changes from the position on again is right if a
 * change that is made twice has the effect of one.
 *
 * @see NativeHeap#words
 */
public final class HeapWords {
    private final NativeHeap heap;
    private final String name;
    private final long pointer;
    private final long identity;
    private final int size;

    HeapWords(NativeHeap heap, String name, long pointer) {
        this.heap = heap;
        this.name = name;
        this.pointer = pointer;
        identity = Mem.getLong(heap.memory, pointer + WordsLayout.IDENTITY);
        size = (int) sizeAt(heap.memory, pointer);
    }

    /** Returns whether a block of the directory has words, and is not a list of shards. */
    static boolean areAt(MemorySegment memory, long block) {
        return Mem.getInt(memory, block + WordsLayout.TAG) == 0;
    }

    /** Makes words, which get their name later. */
    static long make(NativeHeap heap, String name, int size) {
        long bytes = WordsLayout.bytes(size);
        long pointer = heap.tryAllocate(bytes, BlockKind.ENTRY);
        if (pointer == 0) {
            throw heap.exhausted(bytes, "the words named " + name, bytes);
        }
        Mem.setLong(heap.memory, pointer + WordsLayout.SIZE, size);
        long identity = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
        Mem.setLong(heap.memory, pointer + WordsLayout.IDENTITY, identity);
        return pointer;
    }

    /** Frees words that have lost their name. */
    static void free(NativeHeap heap, long pointer) {
        Mem.setLong(heap.memory, pointer + WordsLayout.IDENTITY, 0);
        heap.free(pointer, BlockKind.ENTRY);
    }

    static long sizeAt(MemorySegment memory, long pointer) {
        return Mem.getLong(memory, pointer + WordsLayout.SIZE);
    }

    /** Returns the fault in words whose block has so many bytes; null if the words are right. */
    static @Nullable String fault(MemorySegment memory, long pointer, long blockBytes) {
        long most = (blockBytes - WordsLayout.WORDS) / Long.BYTES;
        return most > 0 && sizeAt(memory, pointer) > 0 && sizeAt(memory, pointer) <= most
                ? null
                : "the block of " + blockBytes + " bytes at " + pointer + " cannot have the words that it states";
    }

    /**
     * Returns the number of words.
     *
     * @return the number, 1 or more
     */
    public int size() {
        return size;
    }

    /**
     * Returns a word.
     *
     * @param index the number of the word, from 0 to {@code size() - 1}
     * @return the word; 0 if it was never set
     * @throws IndexOutOfBoundsException if there is no such word
     * @throws IllegalStateException if the words were removed, or if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     */
    public long get(int index) {
        return Mem.getVolatile(heap.memory, address(index));
    }

    /**
     * Sets a word.
     *
     * @param index the number of the word, from 0 to {@code size() - 1}
     * @param value the new value
     * @throws IndexOutOfBoundsException if there is no such word
     * @throws UnsupportedOperationException if the heap is read only
     * @throws IllegalStateException if the words were removed, or if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     */
    public void set(int index, long value) {
        Mem.setVolatile(heap.memory, addressToChange(index), value);
    }

    /**
     * Sets a word if it has the expected value.
     *
     * @param index the number of the word, from 0 to {@code size() - 1}
     * @param expected the expected value
     * @param value the new value
     * @return whether the word had the expected value
     * @throws IndexOutOfBoundsException if there is no such word
     * @throws UnsupportedOperationException if the heap is read only
     * @throws IllegalStateException if the words were removed, or if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     */
    public boolean compareAndSet(int index, long expected, long value) {
        return Mem.compareAndSet(heap.memory, addressToChange(index), expected, value);
    }

    /**
     * Adds to a word.
     *
     * @param index the number of the word, from 0 to {@code size() - 1}
     * @param delta the number to add
     * @return the new value
     * @throws IndexOutOfBoundsException if there is no such word
     * @throws UnsupportedOperationException if the heap is read only
     * @throws IllegalStateException if the words were removed, or if the heap is closed
     * @throws WrongThreadException if the heap is another thread's
     */
    public long addAndGet(int index, long delta) {
        long address = addressToChange(index);
        long value;
        do {
            value = Mem.getVolatile(heap.memory, address);
        } while (!Mem.compareAndSet(heap.memory, address, value, value + delta));
        return value + delta;
    }

    private long addressToChange(int index) {
        if (heap.isReadOnly()) {
            throw heap.readOnly();
        }
        return address(index);
    }

    private long address(int index) {
        Objects.checkIndex(index, size);
        heap.checkAlive();
        if (Mem.getLong(heap.memory, pointer + WordsLayout.IDENTITY) != identity) {
            throw new IllegalStateException("the words named " + name + " were removed from their heap");
        }
        return pointer + WordsLayout.WORDS + (long) index * Long.BYTES;
    }

    /** Describes the words: the name, and how many there are. */
    @Override
    public String toString() {
        return size + " words named " + name;
    }
}
