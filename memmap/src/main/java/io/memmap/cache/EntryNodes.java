package io.memmap.cache;

import io.memmap.format.BoundsLayout;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of a bounded table's entries. A <em>node</em> is a record in the heap about one entry:
 * the entry's hash, its place in a list, and its times. Slots move and nodes do not, so the lists
 * of entries link nodes. Each node is in one list: {@link #WINDOW}, {@link #PROBATION},
 * {@link #PROTECTED}, or the list of free nodes.
 *
 * <pre>
 * 0      8      12     16      20     24             32             40
 * +------+------+------+-------+------+--------------+--------------+
 * | hash | prev | next | list  | link | time written | time read    | times: only with expiry
 * +------+------+------+-------+------+--------------+--------------+
 * </pre>
 *
 * <p>If each entry has a time to live of its own, the last word of its node is its <em>deadline</em>
 * in place of the time read: the entry has expired from that time on.
 *
 * <p>Nodes are allocated in <em>chunks</em> of {@value #CHUNK_NODES}. There are never many more
 * free nodes than nodes in use: a removal gives up the nodes with the highest numbers, two at most.
 * An entry that has such a node gets a free one instead. So the memory of nodes shrinks as entries
 * are removed, whichever entries they are. Each chunk has the pointer of the chunk before it, in
 * the links of its first two nodes.
 *
 * <p>All state is in the heap, in the nodes and in the bounds of the shard ({@link BoundsLayout}).
 * This object only knows the chunks by their number. After a crash the entries' slots say which
 * nodes are in use, and the lists are made anew from them. So of all stores of this class only
 * those have an order that decide where a chunk is and which node an entry has.
 *
 * <p><b>Threads.</b> The caller holds a lock. Without it a thread may only read the hash and the
 * times of a node, and must then find out whether another thread has written meanwhile. If one has,
 * the result may be meaningless, or the read may have thrown an exception.
 */
public final class EntryNodes {
    /** The list of new entries. */
    public static final int WINDOW = 1;
    /** The list of the entries that the window has no room for. */
    public static final int PROBATION = 2;
    /** The list of the entries that were used while they were on probation. */
    public static final int PROTECTED = 3;

    private static final int FREE = 0;
    private static final int LISTS = BoundsLayout.LISTS;

    private static final int CHUNK_NODES = BoundsLayout.CHUNK_NODES;
    private static final int CHUNK_SHIFT = 6;

    private static final long HASH = BoundsLayout.NODE_HASH;
    private static final long PREV = BoundsLayout.NODE_PREVIOUS;
    private static final long NEXT = BoundsLayout.NODE_NEXT;
    private static final long LIST = BoundsLayout.NODE_LIST;
    private static final long WRITTEN = BoundsLayout.NODE_WRITTEN;
    private static final long READ = BoundsLayout.NODE_READ;

    /** The number by which free nodes may exceed the nodes in use. */
    private static final int IDLE_NODES = CHUNK_NODES / 2;
    /**
     * The most nodes that a removal gives up. Two bring the excess of free nodes back to what it
     * was before the removal.
     */
    private static final int RETIRED_NODES = 2;

    private static final long[] NO_CHUNKS = {};

    /** Receives the new node of an entry whose node is given up. */
    public interface Renumbering {
        /** The entry with this hash gets another node in place of this one. */
        void renumber(long hash, int node, int another);
    }

    private final CacheMemory memory;
    private final MemorySegment mem;
    private final long bounds;
    private final boolean timed;
    private final int nodeBytes;
    private final Renumbering renumbering;

    /**
     * The offsets of the chunks. Chunk i has the 64 nodes from number 64 i on; no entry has node 0.
     * A reader without the lock may see a chunk that has been freed, or miss a chunk.
     */
    private volatile long[] chunks = NO_CHUNKS;

    private int chunkCount;

    /**
     * Makes the set of nodes that these bounds have. If the bounds are zero, makes an empty set,
     * which has no chunk.
     *
     * @param bounds the offset of the shard's bounds
     * @param timed whether nodes have times
     */
    public EntryNodes(CacheMemory memory, long bounds, boolean timed, Renumbering renumbering) {
        this.memory = memory;
        mem = memory.memory();
        this.bounds = bounds;
        this.timed = timed;
        nodeBytes = BoundsLayout.nodeBytes(timed);
        this.renumbering = renumbering;
        if (end() == 0) {
            setEnd(1);
        }
        findChunks();
    }

    private void findChunks() {
        for (long chunk = lastChunk(); chunk != 0; chunk = chunkBefore(chunk)) {
            chunkCount++;
        }
        long[] found = new long[chunkCount];
        long chunk = lastChunk();
        for (int i = chunkCount - 1; i >= 0; i--) {
            found[i] = chunk;
            chunk = chunkBefore(chunk);
        }
        chunks = found;
    }

    private long lastChunk() {
        return Mem.getLong(mem, bounds + BoundsLayout.CHUNK);
    }

    /**
     * Stores which chunk is the last, after all stores before it and before all stores after it.
     */
    private void setLastChunk(long chunk) {
        VarHandle.storeStoreFence();
        Mem.setLong(mem, bounds + BoundsLayout.CHUNK, chunk);
        VarHandle.storeStoreFence();
    }

    /** Returns the chunk before a chunk; 0 if it is the first. */
    private long chunkBefore(long chunk) {
        return BoundsLayout.chunkBefore(mem, chunk, nodeBytes);
    }

    /** Returns the number of bytes that a chunk needs. */
    public long chunkBytes() {
        return (long) nodeBytes * CHUNK_NODES;
    }

    /** Returns the number of bytes that all chunks take. */
    public long bytes() {
        return chunkCount * memory.usableSize(chunkBytes());
    }

    private long address(int node) {
        return chunks[node >>> CHUNK_SHIFT] + (long) (node & CHUNK_NODES - 1) * nodeBytes;
    }

    private int link(int node, long field) {
        return Mem.getInt(mem, address(node) + field);
    }

    private void setLink(int node, long field, int value) {
        Mem.setInt(mem, address(node) + field, value);
    }

    private int newest(int list) {
        return Mem.getInt(mem, bounds + BoundsLayout.NEWEST + (long) list * Integer.BYTES);
    }

    private void setOldest(int list, int node) {
        Mem.setInt(mem, bounds + BoundsLayout.OLDEST + (long) list * Integer.BYTES, node);
    }

    private void setNewest(int list, int node) {
        Mem.setInt(mem, bounds + BoundsLayout.NEWEST + (long) list * Integer.BYTES, node);
    }

    private void setSize(int list, int size) {
        Mem.setInt(mem, bounds + BoundsLayout.SIZES + (long) list * Integer.BYTES, size);
    }

    /**
     * Sets the number behind that of the last node that is in a list; free nodes are in a list too.
     */
    private void setEnd(int end) {
        Mem.setInt(mem, bounds + BoundsLayout.END, end);
    }

    /** Returns the hash of the entry with this node. */
    public long hash(int node) {
        return Mem.getLong(mem, address(node) + HASH);
    }

    /** Returns the list that this node is in. */
    public int list(int node) {
        return link(node, LIST);
    }

    /** Returns whether an entry has this node. Any number may be passed. */
    public boolean isUsed(int node) {
        return node > 0 && node < end() && list(node) != FREE;
    }

    /** Returns the number after that of the last node; 1 if there are no nodes. */
    public int end() {
        return Mem.getInt(mem, bounds + BoundsLayout.END);
    }

    /** Returns the node that has been in this list for the longest time; 0 if the list is empty. */
    public int oldest(int list) {
        return Mem.getInt(mem, bounds + BoundsLayout.OLDEST + (long) list * Integer.BYTES);
    }

    /** Returns the number of nodes in this list. */
    public int size(int list) {
        return Mem.getInt(mem, bounds + BoundsLayout.SIZES + (long) list * Integer.BYTES);
    }

    /**
     * Ensures that there is a free node. Takes a chunk if there is none, and returns false if there
     * is no room for the chunk.
     */
    public boolean ensureFree() {
        if (newest(FREE) != 0 || end() < chunkCount << CHUNK_SHIFT) {
            return true;
        }
        long[] known = chunks;
        if (chunkCount == known.length) { // first, so that a failure leaves no chunk behind
            known = Arrays.copyOf(known, Math.max(4, 2 * chunkCount));
        }
        long chunk = memory.take(chunkBytes());
        if (chunk == 0) {
            return false;
        }
        BoundsLayout.setChunkBefore(mem, chunk, nodeBytes, lastChunk());
        setLastChunk(chunk);
        known[chunkCount++] = chunk;
        chunks = known;
        return true;
    }

    /**
     * Takes a free node, of which there must be one, for a new entry with this hash, which is
     * written now. Returns the node, which is the newest in the window.
     *
     * @param second the deadline if entries have one, and otherwise the time of the last read
     */
    public int add(long hash, long now, long second) {
        int node = newest(FREE);
        long at;
        if (node == 0) {
            node = end();
            at = address(node);
            setEnd(node + 1);
        } else {
            at = address(node);
            detach(at);
        }
        Mem.setLong(mem, at + HASH, hash);
        if (timed) {
            Mem.setLong(mem, at + WRITTEN, now);
            Mem.setLong(mem, at + READ, second);
        }
        append(node, at, WINDOW);
        return node;
    }

    /** Frees this node, whose entry is about to be removed. */
    public void free(int node) {
        move(node, FREE);
        for (int i = 0; i < RETIRED_NODES && idleNodes() > IDLE_NODES; i++) {
            retireLast();
        }
    }

    /** Returns the number by which free nodes exceed the nodes in use. */
    private int idleNodes() {
        return 2 * size(FREE) - (end() - 1);
    }

    /**
     * Gives up the node with the highest number, and its chunk if that has no other node. If an
     * entry has the node, the entry moves to a free node.
     */
    private void retireLast() {
        int last = end() - 1;
        int list = list(last);
        if (list == FREE) {
            detach(address(last));
        } else {
            int node = newest(FREE);
            detach(address(node));
            copy(last, node);
            setNeighbours(list, link(node, PREV), link(node, NEXT), node, node);
            VarHandle.storeStoreFence(); // an entry gets only a node that is complete
            renumbering.renumber(hash(node), last, node);
        }
        setEnd(last);
        while (chunkCount > 1 && (chunkCount - 1) << CHUNK_SHIFT >= last) {
            long chunk = chunks[--chunkCount];
            setLastChunk(chunks[chunkCount - 1]);
            memory.giveBack(chunk);
        }
    }

    /** Copies all of a node but its link, which belongs to the chunk. */
    private void copy(int from, int to) {
        long source = address(from);
        long target = address(to);
        Mem.setLong(mem, target + HASH, Mem.getLong(mem, source + HASH));
        Mem.setInt(mem, target + PREV, Mem.getInt(mem, source + PREV));
        Mem.setInt(mem, target + NEXT, Mem.getInt(mem, source + NEXT));
        Mem.setInt(mem, target + LIST, Mem.getInt(mem, source + LIST));
        if (timed) {
            Mem.setLong(mem, target + WRITTEN, Mem.getLong(mem, source + WRITTEN));
            Mem.setLong(mem, target + READ, Mem.getLong(mem, source + READ));
        }
    }

    /** Makes this node the newest of a list. */
    public void move(int node, int list) {
        if (newest(list) != node) {
            long at = address(node);
            detach(at);
            append(node, at, list);
        }
    }

    private void append(int node, long at, int list) {
        int before = newest(list);
        Mem.setInt(mem, at + LIST, list);
        Mem.setInt(mem, at + PREV, before);
        Mem.setInt(mem, at + NEXT, 0);
        if (before == 0) {
            setOldest(list, node);
        } else {
            setLink(before, NEXT, node);
        }
        setNewest(list, node);
        setSize(list, size(list) + 1);
    }

    /** Takes the node at this address out of its list. */
    private void detach(long at) {
        int list = Mem.getInt(mem, at + LIST);
        int before = Mem.getInt(mem, at + PREV);
        int after = Mem.getInt(mem, at + NEXT);
        setNeighbours(list, before, after, after, before);
        setSize(list, size(list) - 1);
    }

    /**
     * Sets the node behind {@code before} and the node before {@code after} in a list. If
     * {@code before} is 0, sets the first node of the list; if {@code after} is 0, the last.
     */
    private void setNeighbours(int list, int before, int after, int behindBefore, int beforeAfter) {
        if (before == 0) {
            setOldest(list, behindBefore);
        } else {
            setLink(before, NEXT, behindBefore);
        }
        if (after == 0) {
            setNewest(list, beforeAfter);
        } else {
            setLink(after, PREV, beforeAfter);
        }
    }

    /** Shortens the array of chunks if most of it is unused. */
    public void trim() {
        if (chunks.length > 4 && chunkCount < chunks.length / 4) {
            chunks = Arrays.copyOf(chunks, chunks.length / 2);
        }
    }

    /** Frees all nodes and gives their memory back. */
    public void clear() {
        long[] freed = chunks;
        int count = chunkCount;
        chunks = NO_CHUNKS;
        chunkCount = 0;
        setEnd(1);
        for (int list = FREE; list < LISTS; list++) {
            setOldest(list, 0);
            setNewest(list, 0);
            setSize(list, 0);
        }
        setLastChunk(0);
        for (int i = 0; i < count; i++) {
            memory.giveBack(freed[i]);
        }
    }

    // --------------------------------------------------------------------------------------- times

    /** Returns the time of the entry's last write. The nodes must have times. */
    public long timeWritten(int node) {
        return Mem.getLong(mem, address(node) + WRITTEN);
    }

    /** Returns the time of the entry's last read or write. The nodes must have times. */
    public long timeRead(int node) {
        return Mem.getLong(mem, address(node) + READ);
    }

    /** Advances both times of the entry. */
    public void setTimes(int node, long nanos) {
        Mem.advanceTime(mem, address(node) + WRITTEN, nanos);
        Mem.advanceTime(mem, address(node) + READ, nanos);
    }

    /** Returns the time at which the entry expires. The nodes must have deadlines. */
    public long deadline(int node) {
        return Mem.getLong(mem, address(node) + READ);
    }

    /** Sets the time of the entry's last write and its deadline. The nodes must have deadlines. */
    public void setWritten(int node, long nanos, long deadline) {
        Mem.advanceTime(mem, address(node) + WRITTEN, nanos);
        Mem.setLong(mem, address(node) + READ, deadline);
    }

    /**
     * Replaces the entry's deadline, unless it is another than expected. Threads that share the
     * lock may all call it.
     */
    public void replaceDeadline(int node, long expected, long deadline) {
        Mem.replaceLong(mem, address(node) + READ, expected, deadline);
    }

    /** Advances the time of the entry's last read. Threads that share the lock may all call it. */
    public void setTimeRead(int node, long nanos) {
        Mem.advanceTime(mem, address(node) + READ, nanos);
    }

    /** Sets both times of the newest entry of the window to those of a node of another set. */
    public void copyTimes(EntryNodes others, int node) {
        if (timed) {
            long to = address(newest(WINDOW));
            Mem.setLong(mem, to + WRITTEN, others.timeWritten(node));
            Mem.setLong(mem, to + READ, others.timeRead(node));
        }
    }

    /** Moves the newest entry of the window to another list. */
    public void moveNewest(int list) {
        move(newest(WINDOW), list);
    }

    // --------------------------------------------------------------------------------------- check

    /**
     * Passes the node of each entry to an action: those of the window last, and in each list the
     * newest last.
     */
    public void forEachUsed(IntConsumer action) {
        forEach(PROBATION, action);
        forEach(PROTECTED, action);
        forEach(WINDOW, action);
    }

    private void forEach(int list, IntConsumer action) {
        for (int node = oldest(list); node != 0; node = link(node, NEXT)) {
            action.accept(node);
        }
    }

    /**
     * Returns what is wrong with the lists of a table with this many entries; null if they are
     * right.
     */
    public @Nullable String listFault(long entries) {
        long listed = 0;
        for (int list = FREE; list < LISTS; list++) {
            int before = 0;
            int count = 0;
            for (int node = oldest(list); node != 0; node = link(node, NEXT)) {
                if (node < 0 || node >= end()) {
                    return "list " + list + " has node " + node + ", but the nodes end at " + end();
                }
                if (list(node) != list || link(node, PREV) != before) {
                    return "node " + node + " has wrong links";
                }
                before = node;
                count++;
                if (count >= end()) {
                    return "list " + list + " has more nodes than there are";
                }
            }
            if (newest(list) != before || size(list) != count) {
                return "list " + list + " of " + count + " nodes has a wrong size or end";
            }
            listed += count;
        }
        if (listed != end() - 1) {
            return listed + " of " + (end() - 1) + " nodes are in lists";
        }
        long used = listed - size(FREE);
        return used == entries ? null : used + " nodes are in use for " + entries + " entries";
    }

    /** Returns what is wrong with the number of free nodes or of chunks; null if they are right. */
    public @Nullable String chunkFault() {
        if (idleNodes() > IDLE_NODES) {
            return size(FREE) + " nodes are free and " + (end() - 1 - size(FREE)) + " in use";
        }
        int chunksInUse = ((end() - 1) >>> CHUNK_SHIFT) + (end() == 1 ? 0 : 1);
        // There may be one more, which a write has taken and not used.
        return chunkCount == chunksInUse || chunkCount == chunksInUse + 1
                ? null
                : chunkCount + " chunks are kept for the nodes below " + end();
    }
}
