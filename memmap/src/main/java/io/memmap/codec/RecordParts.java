package io.memmap.codec;

/**
 * Reads and writes the records of one class, one component after the other.
 * {@link RecordPartsMaker} generates one class for each record class, so that the JIT compiler can
 * inline the record's constructor and accessors, and the codecs of its components.
 */
public interface RecordParts {
    /** Reads the components of a record, and returns the record. */
    Object read(ByteCursor from) throws Throwable;

    /** Appends the components of a record. */
    void write(EncodedBytes to, Object record) throws Throwable;
}
