package io.memmap.codec;

import java.util.List;

/**
 * A codec of the records that implement a sealed interface. It stores the number of the record's
 * class, as a varint, and then the record. The classes are numbered in the order of their names.
 *
 * @param type the name of the type, for messages
 * @param classes the classes of the records
 * @param records the types of the records, in the same order
 * @param <T> the sealed interface
 */
public record SealedCodec<T>(String type, List<Class<?>> classes, List<Part<?>> records) implements Codec.Appending<T> {
    @Override
    @SuppressWarnings("unchecked") // the type is that of the object's class
    public void append(T object, EncodedBytes to) {
        int number = classes.indexOf(object.getClass());
        to.appendVarLong(number);
        ((Part<T>) records.get(number)).append(object, to);
    }

    @Override
    @SuppressWarnings("unchecked") // all classes implement T
    public T read(ByteCursor from, int length) {
        long number = from.readVarLong();
        if (number < 0 || number >= classes.size()) {
            throw new IllegalStateException("the bytes of a " + type + " begin with " + Long.toUnsignedString(number)
                    + ", but its " + classes.size()
                    + " classes have smaller numbers: the bytes must be those that an encoder has written");
        }
        return (T) records.get((int) number).read(from);
    }

    @Override
    public boolean runsCallersCode() {
        return true;
    }

    @Override
    public boolean hashesIdentity() {
        return records.stream().anyMatch(record -> record.codec().hashesIdentity());
    }
}
