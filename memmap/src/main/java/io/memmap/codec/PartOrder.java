package io.memmap.codec;

import java.util.Arrays;

/**
 * Puts the parts of an encoded set or map in the order of their bytes, which count as unsigned. The
 * parts are appended in any order first. A part of a map is a key with its value; the key decides.
 */
final class PartOrder {
    private final String type;
    /** Where each part begins, and after the last part, where it ends. */
    private final int[] starts;

    private final int[] keyEnds;
    private int count;

    PartOrder(String type, int size) {
        this.type = type;
        starts = new int[size + 1];
        keyEnds = new int[size];
    }

    /** Notes that a part begins. */
    void begin(EncodedBytes to) {
        if (count == keyEnds.length) {
            Part.requireCount(count, count + 1, type);
        }
        starts[count] = to.length;
    }

    /** Notes that the key of the part ends. */
    void endKey(EncodedBytes to) {
        keyEnds[count++] = to.length;
    }

    /** Sorts the parts, of which the last one ends where {@code to} ends. */
    void sort(EncodedBytes to) {
        Part.requireCount(keyEnds.length, count, type);
        starts[count] = to.length;
        boolean isSorted = true;
        for (int i = 1; i < count && isSorted; i++) {
            isSorted = compare(to.bytes, i - 1, i) < 0;
        }
        if (isSorted) {
            return;
        }
        byte[] unsorted = Arrays.copyOfRange(to.bytes, starts[0], starts[count]);
        int at = starts[0];
        int previous = -1;
        for (int part : sortedParts(to.bytes)) {
            if (previous >= 0 && compareIn(unsorted, previous, part) == 0) {
                throw new IllegalArgumentException("two elements or keys of a " + type
                        + " have the same bytes, though they are not equal: "
                        + "a set or map of this type must compare as its type does");
            }
            int length = starts[part + 1] - starts[part];
            System.arraycopy(unsorted, starts[part] - starts[0], to.bytes, at, length);
            at += length;
            previous = part;
        }
    }

    private int[] sortedParts(byte[] bytes) {
        Integer[] parts = new Integer[count];
        Arrays.setAll(parts, i -> i);
        Arrays.sort(parts, (a, b) -> compare(bytes, a, b));
        return Arrays.stream(parts).mapToInt(Integer::intValue).toArray();
    }

    private int compare(byte[] bytes, int a, int b) {
        return Arrays.compareUnsigned(bytes, starts[a], keyEnds[a], bytes, starts[b], keyEnds[b]);
    }

    /** Compares two parts in a copy that begins with the first part. */
    private int compareIn(byte[] copy, int a, int b) {
        int first = starts[0];
        return Arrays.compareUnsigned(
                copy, starts[a] - first, keyEnds[a] - first, copy, starts[b] - first, keyEnds[b] - first);
    }
}
