package io.memmap.kafka;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.query.Position;
import org.jspecify.annotations.Nullable;

/**
 * What the heap's file has of a persistent store beside its entries. It is written as one value of
 * a map, so a process that dies leaves the last one that was written whole.
 *
 * @param id the contents of the {@linkplain SavedStores marker} that the store's directory has
 * @param form what the entries look like, in words
 * @param closed whether the store was closed, or was never open
 * @param offsets the offset of the last record of each changelog that the entries contain. They may
 *     contain later ones, too
 * @param position the position of the entries, for interactive queries
 * @param marks what else the store wants to keep
 */
@SuppressWarnings("ArrayRecordComponent") // records of this class are not compared
record SavedStore(
        UUID id, String form, boolean closed, Map<TopicPartition, Long> offsets, Position position, long[] marks) {
    private static final byte VERSION = 1;

    /** Returns what a store has that was never committed. */
    static SavedStore begin(String form) {
        return new SavedStore(UUID.randomUUID(), form, true, Map.of(), Position.emptyPosition(), new long[0]);
    }

    SavedStore with(boolean nowClosed) {
        return new SavedStore(id, form, nowClosed, offsets, position, marks);
    }

    /** Returns what there is after a commit, which {@linkplain AbstractStore#commit means} these changes. */
    SavedStore commit(Map<TopicPartition, Long> changes, Position now, long[] nowMarks) {
        Map<TopicPartition, Long> all = new HashMap<>(changes.isEmpty() ? Map.of() : offsets);
        changes.forEach((partition, offset) -> {
            if (offset == null) {
                all.remove(partition);
            } else {
                all.put(partition, offset);
            }
        });
        return new SavedStore(id, form, closed, all, now, nowMarks);
    }

    byte[] bytes() {
        var bytes = new ByteArrayOutputStream();
        try (var to = new DataOutputStream(bytes)) {
            to.writeByte(VERSION);
            to.writeLong(id.getMostSignificantBits());
            to.writeLong(id.getLeastSignificantBits());
            to.writeUTF(form);
            to.writeBoolean(closed);
            write(offsets, to);
            Map<TopicPartition, Long> positions = new HashMap<>();
            for (String topic : position.getTopics()) {
                position.getPartitionPositions(topic)
                        .forEach((partition, offset) -> positions.put(new TopicPartition(topic, partition), offset));
            }
            write(positions, to);
            to.writeInt(marks.length);
            for (long mark : marks) {
                to.writeLong(mark);
            }
        } catch (IOException cannotHappen) { // the bytes lie in memory
            throw new UncheckedIOException(cannotHappen);
        }
        return bytes.toByteArray();
    }

    private static void write(Map<TopicPartition, Long> numbers, DataOutputStream to) throws IOException {
        to.writeInt(numbers.size());
        for (Map.Entry<TopicPartition, Long> number : numbers.entrySet()) {
            to.writeUTF(number.getKey().topic());
            to.writeInt(number.getKey().partition());
            to.writeLong(number.getValue());
        }
    }

    /** Returns what these bytes say; null if {@link #bytes} of this version does not write such bytes. */
    static @Nullable SavedStore of(byte[] bytes) {
        try (var from = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (from.readByte() != VERSION) {
                return null;
            }
            UUID id = new UUID(from.readLong(), from.readLong());
            String form = from.readUTF();
            boolean closed = from.readBoolean();
            Map<TopicPartition, Long> offsets = read(from);
            Position position = Position.emptyPosition();
            read(from).forEach((at, offset) -> position.withComponent(at.topic(), at.partition(), offset));
            int count = from.readInt();
            if (count != from.available() / Long.BYTES) {
                return null;
            }
            long[] marks = new long[count];
            for (int i = 0; i < count; i++) {
                marks[i] = from.readLong();
            }
            return new SavedStore(id, form, closed, offsets, position, marks);
        } catch (IOException tooShort) {
            return null;
        }
    }

    private static Map<TopicPartition, Long> read(DataInputStream from) throws IOException {
        Map<TopicPartition, Long> numbers = new HashMap<>();
        for (int count = from.readInt(); count > 0; count--) {
            numbers.put(new TopicPartition(from.readUTF(), from.readInt()), from.readLong());
        }
        return numbers;
    }
}
