package io.memmap;

import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/** The names of the maps of one heap, as the heap sees them. */
interface MapNames {
    /** The shards of a map for many threads that has a name. All handles of the map have the same. */
    interface NamedShards {
        /** Returns the pointer of the {@linkplain ShardList list} of the shards. */
        long list();

        /** Frees shards that have not got their name, and so belong to this thread alone. */
        void discard();

        /**
         * Ends the map and frees it with its name. Waits for all threads that use it.
         *
         * @param call what ends the map, in words
         */
        void end(String call);

        /**
         * Throws if the caller is in a function that runs under a lock of the map, so that it may not
         * wait for other threads.
         */
        void requireNoFunction();

        /** Refuses the use of the map from now on, as its heap ends. Threads that use it may still do so. */
        void refuse();

        /** Waits until no thread writes, and none ever will, after {@link #refuse}. */
        void awaitWriters();

        /** Undoes {@link #refuse} and {@link #awaitWriters}, as the heap could not end. */
        void admit();

        /** Returns whether no thread was within a write when the memory ended, which it has. */
        boolean isWhole();

        /**
         * Returns the size in bytes of all blocks of the shards, each at some moment.
         *
         * @throws IllegalStateException if the map has ended
         */
        long bytes();

        /**
         * Passes the header of each shard to an action, under the lock of a reader.
         *
         * @throws IllegalStateException if the map has ended
         */
        void forEachHeader(LongConsumer action);

        /**
         * Locks all shards as a reader does. Waits for threads that write, but not for threads that wait
         * to write, as these may wait for this thread.
         *
         * @return what {@link #unlockAll} takes
         * @throws IllegalStateException if the map has ended
         */
        long[] lockAll();

        void unlockAll(long[] stamps);
    }

    /** Returns the names of the maps of a heap that is being made. */
    static MapNames of(NativeHeap heap) {
        return heap.isReadOnly() ? new ReadOnlyDirectory(heap) : new Directory(heap);
    }

    /**
     * Returns a handle of the map of this name, or makes the map.
     *
     * @param finder returns a handle of the map with this pointer
     * @param maker makes a map and returns a handle of it
     * @throws IllegalArgumentException if the map of this name has another type, or is for many threads
     */
    <M> M open(String name, MapType type, LongFunction<M> finder, Supplier<M> maker);

    /**
     * Returns the shards of the map of this name, which is for many threads, or makes the map.
     *
     * @param finder returns the shards of the list with this pointer
     * @param maker makes shards and their list
     * @throws IllegalArgumentException if the map of this name has another type, or is a plain map
     */
    NamedShards openShards(
            String name,
            MapType type,
            LongFunction<? extends NamedShards> finder,
            Supplier<? extends NamedShards> maker);

    /**
     * Returns the words of this name, or makes them.
     *
     * @throws IllegalArgumentException if there are more or fewer, or if a map has this name
     */
    HeapWords words(String name, int size);

    /**
     * Copies all words, and then all maps, to a heap that has no names yet. Returns the number of maps.
     *
     * @param allAtOnce whether no map may change until the last one is copied
     * @throws HeapExhaustedException if the other heap has no room
     * @throws IllegalStateException if a map ends meanwhile
     */
    int copyTo(NativeHeap copy, boolean allAtOnce);

    /** Returns the maps by name, in the order of the names. */
    Map<String, MapInfo> list();

    /** Frees the map or the words of this name. Returns whether there were any. */
    boolean free(String name);

    /**
     * Checks that a search finds each name, and that each map has the name under which it is listed.
     *
     * @throws IllegalStateException if not
     * @throws IllegalArgumentException if a name has no map
     */
    void check();

    /** Removes this name if it is that of the map with this pointer, which is about to be freed. */
    void forget(String name, long pointer);

    /** Frees a list of shards whose name has been forgotten, and whose map has ended. */
    void freeList(long list);

    /**
     * Waits until no thread writes to a map for many threads that has a name, and lets none write any
     * more. The caller must not hold the heap's lock.
     *
     * @throws IllegalStateException if the caller is in a function that runs under a lock of a map
     */
    void endWrites();

    /** Undoes {@link #endWrites}, as the heap could not end. */
    void resumeWrites();

    /**
     * Returns whether no thread was changing a map for many threads, or the names, when the heap's memory
     * ended. Takes no lock.
     */
    boolean areWhole();
}
