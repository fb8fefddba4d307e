package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Encoded keys or values, one after the other in one array. */
final class EncodedParts {
    /** A portion of many objects has at most this many, unless one alone has more bytes. */
    private static final int PORTION_BYTES = 4 << 20;

    private static final int PORTION_PARTS = 1 << 13;

    private final EncodedBytes bytes = new EncodedBytes();
    private int[] ends = {};
    private int count;

    /** Removes all parts, and makes room for the ends of this many. */
    void clear(int expected) {
        if (expected > ends.length) {
            ends = new int[2 * expected];
        }
        bytes.reset();
        bytes.own(0);
        count = 0;
    }

    int count() {
        return count;
    }

    /** Makes room for this many bytes, if there is no part yet. */
    void reserve(long length) {
        bytes.own((int) length);
        bytes.own(0);
    }

    /** Makes room for about this many objects like this one, at most for a portion. There is no part. */
    void expect(int objects, EncodedBytes like) {
        int parts = Math.clamp(objects, 1, PORTION_PARTS);
        clear(parts);
        reserve(Math.min((long) parts * like.length, PORTION_BYTES));
    }

    /** Compares a part with a part of another object, as unsigned bytes. */
    int compare(int index, EncodedParts other, int otherIndex) {
        return Arrays.compareUnsigned(
                bytes.bytes,
                start(index),
                ends[index],
                other.bytes.bytes,
                other.start(otherIndex),
                other.ends[otherIndex]);
    }

    private int start(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }

    /** Removes the parts from this index on. */
    void truncate(int index) {
        count = index;
        bytes.own(start(index));
    }

    /** Returns the number of bytes of all parts. */
    int length() {
        return bytes.length;
    }

    /** Returns whether another object belongs to the next portion. */
    boolean isFull(EncodedBytes object) {
        return isFull(object.length);
    }

    /** Returns whether another object of this many bytes belongs to the next portion. */
    boolean isFull(int length) {
        return count == PORTION_PARTS || (count != 0 && length > PORTION_BYTES - bytes.length);
    }

    /** Appends the key in this slot. */
    void appendKey(ObjectTable<?, ?> table, long slot) {
        table.appendKey(slot, bytes);
        end();
    }

    /** Appends the key or value at this address of a slot. */
    void append(ObjectTable<?, ?> table, Type<?> type, long address) {
        table.append(type, address, bytes);
        end();
    }

    /** Appends bytes of the memory of a heap. */
    void append(MemorySegment memory, long start, int length) {
        int at = bytes.length;
        Mem.copyOut(memory, start, bytes.extend(Math.addExact(at, length)), at, length);
        end();
    }

    /** Appends an object. */
    void append(EncodedBytes object) {
        int at = bytes.length;
        byte[] array = bytes.extend(Math.addExact(at, object.length));
        System.arraycopy(object.bytes, object.from, array, at, object.length);
        end();
    }

    private void end() {
        if (count == ends.length) {
            ends = Arrays.copyOf(ends, Math.max(16, 2 * count));
        }
        ends[count++] = bytes.length;
    }

    /** Makes a part the content of {@code part}. */
    void lendTo(EncodedBytes part, int index) {
        int start = start(index);
        part.lend(bytes.bytes, start, ends[index] - start);
    }
}
