package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BoundsLayout;
import io.memmap.format.BucketLayout;
import io.memmap.format.ElementKind;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Copies maps from one heap to another one, which is in a file and has the same secrets. So each
 * entry has the same hash there, and each array is copied as it is, also while it grows. The copier
 * changes only the pointers. It needs no types, and runs no code of the user.
 *
 * <p>A map whose pointer is a value of a copied map is copied, too, once. The ordered index of a
 * map is not copied. The part of an old array that a growth has released stays a hole of the file;
 * all else is backed, as the engine expects of a map in a file.
 *
 * <p>Nobody may change the maps meanwhile. If the copier throws, the other heap must be given up.
 */
final class MapCopier {
    private final NativeHeap from;
    private final NativeHeap to;
    private final MemorySegment mem;
    private final MemorySegment memory;
    /** The pointers in the other heap, by those in this one. */
    private final Map<Long, Long> copies = new HashMap<>();
    /** The maps that are values, and are to be copied. */
    private final Deque<Nested> nested = new ArrayDeque<>();

    /** A pointer to a map of this heap, and the address where the other heap has the value. */
    private record Nested(long pointer, long value) {}

    MapCopier(NativeHeap from, NativeHeap to) {
        this.from = from;
        this.to = to;
        mem = from.memory;
        memory = to.memory;
    }

    /**
     * Copies the map at this pointer, and the maps that are values of it. Returns the pointer of
     * the copy.
     *
     * @throws HeapExhaustedException if the other heap has no room
     * @throws java.util.ConcurrentModificationException if another thread writes to a map
     */
    long copy(long hmap) {
        long made = copyOnce(hmap);
        for (Nested next = nested.poll(); next != null; next = nested.poll()) {
            Mem.setLong(memory, next.value, copyOnce(next.pointer));
        }
        return made;
    }

    private long copyOnce(long hmap) {
        Long known = copies.get(hmap);
        if (known != null) {
            return known;
        }
        long bounds = isBounded(hmap) ? BoundsLayout.BYTES : 0;
        long made = new Copy(hmap, allocate(HmapLayout.bytes(true) + bounds, BlockKind.HEADER)).run();
        copies.put(hmap, made);
        return made;
    }

    private boolean isBounded(long hmap) {
        return (Mem.getByte(mem, hmap + HmapLayout.OPTIONS) & HmapLayout.BOUNDED) != 0;
    }

    /** Copies a block of the heap. Returns the pointer of the copy. */
    long block(long pointer, BlockKind kind) {
        long bytes = bytesOf(pointer);
        long made = allocate(bytes, kind);
        Mem.copyAcross(mem, pointer, memory, made, bytes);
        return made;
    }

    private long bytesOf(long pointer) {
        long bytes = from.blockBytes(pointer);
        if (bytes == 0) {
            throw MapHandle.concurrentWrites();
        }
        return bytes;
    }

    private long allocate(long bytes, BlockKind kind) {
        return require(to.tryAllocate(bytes, kind), bytes);
    }

    private long require(long pointer, long bytes) {
        if (pointer == 0) {
            throw to.exhausted(bytes, "the snapshot", bytes);
        }
        return pointer;
    }

    /** The copying of one map. The fields of the copy are those of the map until they are changed. */
    private final class Copy {
        private final long hmap;
        private final long made;
        private final int options;
        private final BucketLayout layout;
        private final boolean isPaged;
        private final boolean hasMaps;
        /** Whether the chains must be walked for their entries. */
        private final boolean hasPointers;
        /** The overflow buckets, or chunks of nodes, that may still be found; more are a cycle. */
        private long left;

        Copy(long hmap, long made) {
            this.hmap = hmap;
            this.made = made;
            options = Mem.getByte(mem, hmap + HmapLayout.OPTIONS);
            layout = BucketLayout.read(mem, hmap);
            isPaged = layout.geometry() == BucketLayout.PAGE;
            hasMaps = Mem.getByte(mem, hmap + HmapLayout.VALUE_KIND) == ElementKind.MAP.code();
            hasPointers = hasMaps || has(HmapLayout.KEYS_OUTSIDE | HmapLayout.VALUES_OUTSIDE);
            left = isPaged ? 0 : field(HmapLayout.OVERFLOW) + field(HmapLayout.OLD_OVERFLOW);
        }

        long run() {
            long state = field(HmapLayout.STATE);
            if ((state & HmapLayout.WRITING) != 0) {
                throw MapHandle.misuse("concurrent snapshot of a map and map write");
            }
            Mem.copyAcross(mem, hmap, memory, made, HmapLayout.BYTES);
            setField(HmapLayout.EXTRA, made + HmapLayout.OVERFLOW);
            Mem.setByte(memory, made + HmapLayout.OPTIONS, options | HmapLayout.JOURNALED);
            setField(HmapLayout.ORDER, 0);
            copyText(HmapLayout.NAME);
            copyText(HmapLayout.TYPE);
            if (field(HmapLayout.BUCKETS) != 0) {
                copyArrays(state);
            }
            if (isPaged) {
                copyBeside();
            }
            if (has(HmapLayout.BOUNDED)) {
                copyBounds();
            }
            long array = Mem.getLong(memory, made + HmapLayout.BUCKETS);
            boolean grows = field(HmapLayout.OLD_BUCKETS) != 0;
            long stamps = field(HmapLayout.STAMPS);
            setField(HmapLayout.STAMP, MapHandle.stampOf(field(HmapLayout.IDENTITY), stamps, array, grows));
            return made;
        }

        private void copyText(long field) {
            if (field(field) != 0) {
                setField(field, block(field(field), BlockKind.ENTRY));
            }
        }

        private void copyArrays(long state) {
            long array = field(HmapLayout.BUCKETS);
            long old = field(HmapLayout.OLD_BUCKETS);
            long released = field(HmapLayout.RELEASED);
            boolean shrinks = (state & HmapLayout.SHRINKING) != 0;
            int b = HmapLayout.b(state);
            int oldB = MapHandle.oldB(state);
            if (old == 0) {
                copyArray(array, HmapLayout.BUCKETS, 0, 0, 0);
            } else if (old == array) { // pages split or join in place
                long end = (long) layout.bytes() << b;
                copyArray(array, HmapLayout.BUCKETS, shrinks ? end : 0, shrinks ? released - old : 0, 0);
                setField(HmapLayout.OLD_BUCKETS, Mem.getLong(memory, made + HmapLayout.BUCKETS));
            } else {
                long half = shrinks && !isPaged ? (long) layout.bytes() << b : 0;
                copyArray(array, HmapLayout.BUCKETS, 0, 0, 0);
                copyArray(old, HmapLayout.OLD_BUCKETS, 0, released - old, half);
            }
            if (old != 0) {
                setField(HmapLayout.RELEASED, Mem.getLong(memory, made + HmapLayout.OLD_BUCKETS) + released - old);
            }
            if (!isPaged) {
                long copy = Mem.getLong(memory, made + HmapLayout.BUCKETS);
                long next = field(HmapLayout.NEXT_OVERFLOW);
                setField(HmapLayout.NEXT_OVERFLOW, next == 0 ? 0 : copy + next - array);
                copyChains(array, copy, b, 0);
                if (old != 0) {
                    copyChains(old, Mem.getLong(memory, made + HmapLayout.OLD_BUCKETS), oldB, released - old);
                }
            }
        }

        /**
         * Copies the block of an array, except what has been released: the bytes in {@code [gap,
         * gapEnd)}, and if {@code half} is not 0, those at the same place of the second half.
         */
        private void copyArray(long array, long field, long gap, long gapEnd, long half) {
            long bytes = bytesOf(array);
            long copy = reserve(bytes, BlockKind.BUCKET);
            setField(field, copy);
            long start = 0;
            if (gap < gapEnd) {
                copyBytes(array, copy, 0, gap);
                start = gapEnd;
                if (half != 0) {
                    copyBytes(array, copy, gapEnd, half);
                    start = half + gapEnd;
                }
            }
            copyBytes(array, copy, start, bytes);
        }

        private long reserve(long bytes, BlockKind kind) {
            return require(to.tryReserve(bytes, kind), bytes);
        }

        /** Copies a part of an array. What is not committed is zero, and must not be read in a file. */
        private void copyBytes(long array, long copy, long start, long end) {
            if (start >= end) {
                return;
            }
            if (!to.secure(copy + start, end - start)) {
                require(0, end - start);
            }
            long at = start;
            while (at < end) {
                boolean committed = isCommitted(array + at);
                long part = at;
                do {
                    at = Math.min(end, (array + at & -from.granule()) + from.granule() - array);
                } while (at < end && isCommitted(array + at) == committed);
                if (committed) {
                    Mem.copyAcross(mem, array + part, memory, copy + part, at - part);
                }
            }
        }

        /** Copies the bounds of a cache: the chunks of its nodes, and the pieces of its sketch. */
        private void copyBounds() {
            long bounds = hmap + HmapLayout.bytes(has(HmapLayout.JOURNALED));
            long copy = made + HmapLayout.bytes(true);
            Mem.copyAcross(mem, bounds, memory, copy, BoundsLayout.BYTES);
            int nodeBytes = BoundsLayout.nodeBytes(mem, bounds);
            left = (long) Mem.getInt(mem, bounds + BoundsLayout.END) / BoundsLayout.CHUNK_NODES + 2;
            long after = 0;
            long chunk = Mem.getLong(mem, bounds + BoundsLayout.CHUNK);
            while (chunk != 0) {
                countDown();
                long madeChunk = block(chunk, BlockKind.ENTRY);
                if (after == 0) {
                    Mem.setLong(memory, copy + BoundsLayout.CHUNK, madeChunk);
                } else {
                    BoundsLayout.setChunkBefore(memory, after, nodeBytes, madeChunk);
                }
                after = madeChunk;
                chunk = BoundsLayout.chunkBefore(mem, chunk, nodeBytes);
            }
            for (int i = 0; i < BoundsLayout.MAX_PIECES; i++) {
                long field = BoundsLayout.PIECES + (long) i * Long.BYTES;
                long piece = Mem.getLong(mem, bounds + field);
                if (piece != 0) {
                    long bytes = bytesOf(piece);
                    long madePiece = reserve(bytes, BlockKind.ENTRY);
                    copyBytes(piece, madePiece, 0, bytes);
                    Mem.setLong(memory, copy + field, madePiece);
                }
            }
        }

        private boolean isCommitted(long pointer) {
            return from.isCommitted(mem, pointer, 1);
        }

        /** Copies the extension of a map of pages, and the pair of its reserved key. */
        private void copyBeside() {
            long reserved = field(HmapLayout.OLD_OVERFLOW);
            long extension = field(HmapLayout.NEXT_OVERFLOW);
            long b = extension & PageExtension.LINE_BYTES - 1;
            setField(HmapLayout.OLD_OVERFLOW, reserved == 0 ? 0 : block(reserved, BlockKind.OVERFLOW));
            setField(HmapLayout.NEXT_OVERFLOW, extension == 0 ? 0 : block(extension - b, BlockKind.OVERFLOW) + b);
        }

        /**
         * Copies what the buckets of an array refer to. Leaves out the chains that have moved, and
         * does not read them before {@code released}.
         */
        private void copyChains(long array, long copy, int b, long released) {
            long bucketBytes = layout.bytes();
            long bytes = bucketBytes << b;
            long block = from.blockBytes(array);
            long spare = block - block % bucketBytes - bucketBytes;
            if (spare >= bytes && isCommitted(array + spare) && overflow(array + spare) == array) {
                setOverflow(copy + spare, copy); // I9: what tells the last spare bucket
            }
            for (long chain = 0; chain < bytes; chain += bucketBytes) {
                if (isCommitted(array + chain) && !(released != 0 && isGap(chain, bytes, released))) {
                    if (!Tophash.isEvacuated(Mem.getLong(mem, array + chain))) {
                        copyChain(array, copy, chain, block);
                    }
                }
            }
        }

        /** Returns whether a chain of the old array has been released, in the first half or in the second. */
        private boolean isGap(long chain, long bytes, long released) {
            boolean merges = (field(HmapLayout.STATE) & HmapLayout.SHRINKING) != 0;
            return (merges && chain >= bytes / 2 ? chain - bytes / 2 : chain) < released;
        }

        private void copyChain(long array, long copy, long chain, long block) {
            long bucket = array + chain;
            long to = copy + chain;
            while (true) {
                if (hasPointers) {
                    copyEntries(bucket, to);
                }
                long next = overflow(bucket);
                if (next == 0) {
                    return;
                }
                countDown();
                boolean isSpare = next >= array && next < array + block;
                long made = isSpare ? copy + next - array : block(next, BlockKind.OVERFLOW);
                setOverflow(to, made);
                bucket = next;
                to = made;
            }
        }

        private void countDown() {
            if (--left < 0) {
                throw MapHandle.concurrentWrites();
            }
        }

        private void copyEntries(long bucket, long to) {
            long lanes = Tophash.filled(Mem.getLong(mem, bucket)) & Tophash.lanes(layout.slots());
            for (; lanes != 0; lanes &= lanes - 1) {
                int slot = Tophash.lowest(lanes);
                long key = layout.keysOffset() + (long) slot * layout.keyStride();
                long value = layout.valuesOffset() + (long) slot * layout.valueStride();
                if (hasMaps) {
                    copyMap(bucket + value, to + value);
                }
                copyOutside(bucket, to, key, value);
            }
        }

        /** Copies the block of an entry. The pointers of its key and its value lead into it. */
        private void copyOutside(long bucket, long to, long key, long value) {
            long keyAt = has(HmapLayout.KEYS_OUTSIDE) ? Mem.getLong(mem, bucket + key) : 0;
            long valueAt = has(HmapLayout.VALUES_OUTSIDE) ? Mem.getLong(mem, bucket + value) : 0;
            long block = keyAt != 0 ? keyAt : valueAt;
            if (block == 0) {
                return;
            }
            long copy = block(block, BlockKind.ENTRY);
            if (keyAt != 0) {
                Mem.setLong(memory, to + key, copy);
            }
            if (valueAt != 0) {
                Mem.setLong(memory, to + value, copy + valueAt - block);
            }
        }

        /** Notes a map that is a value. A map that has been freed becomes the nil map. */
        private void copyMap(long value, long to) {
            long pointer = Mem.getLong(mem, value);
            long identity = Mem.getLong(mem, value + Long.BYTES);
            if (from.isBlock(pointer, BlockKind.HEADER)
                    && Mem.getLong(mem, pointer + HmapLayout.IDENTITY) == identity) {
                nested.add(new Nested(pointer, to));
            } else {
                Mem.setLong(memory, to, 0);
                Mem.setLong(memory, to + Long.BYTES, 0);
            }
        }

        private boolean has(int option) {
            return (options & option) != 0;
        }

        private long overflow(long bucket) {
            return Mem.getLong(mem, bucket + layout.overflowOffset());
        }

        private void setOverflow(long bucket, long overflow) {
            Mem.setLong(memory, bucket + layout.overflowOffset(), overflow);
        }

        private long field(long field) {
            return Mem.getLong(mem, hmap + field);
        }

        private void setField(long field, long value) {
            Mem.setLong(memory, made + field, value);
        }
    }
}
