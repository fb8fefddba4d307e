package io.memmap.kafka.broker;

import java.nio.ByteBuffer;
import java.util.BitSet;

/**
 * What an application knows of a key whose records are numbered from 0: how many it has counted, and
 * which numbers they had.
 *
 * <p>The size does not grow with the records: of the numbers before the first missing one, only
 * their end is kept.
 *
 * @param count how many records were counted; a record that was processed twice counts twice
 * @param missing the first number that no record had
 * @param beyond the numbers after {@code missing} that records had, less {@code missing}
 */
record CountedRecords(long count, int missing, BitSet beyond) {
    /** The bytes of no records. */
    static byte[] none() {
        return new CountedRecords(0, 0, new BitSet()).bytes();
    }

    static CountedRecords of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return new CountedRecords(buffer.getLong(), buffer.getInt(), BitSet.valueOf(buffer));
    }

    /** Returns this with one more record. */
    CountedRecords and(int number) {
        BitSet numbers = (BitSet) beyond.clone();
        if (number >= missing) {
            numbers.set(number - missing);
        }
        int all = numbers.nextClearBit(0);
        return new CountedRecords(count + 1, missing + all, numbers.get(all, Math.max(all, numbers.length())));
    }

    /** Returns whether the records had the numbers from 0 to below this one, and no others. */
    boolean hasAll(int end) {
        return missing == end && beyond.isEmpty();
    }

    byte[] bytes() {
        byte[] numbers = beyond.toByteArray();
        return ByteBuffer.allocate(Long.BYTES + Integer.BYTES + numbers.length)
                .putLong(count)
                .putInt(missing)
                .put(numbers)
                .array();
    }
}
