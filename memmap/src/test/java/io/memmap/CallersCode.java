package io.memmap;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/**
 * Types whose readers and writers are callers' code, which does something of its own at one of its calls. Objects are
 * numbers, structs of many copies of theirs: bytes that are not an object's are told.
 */
final class CallersCode {
    /** Who calls. */
    enum Site {
        KEY_READER,
        KEY_WRITER,
        VALUE_READER,
        VALUE_WRITER,
        FUNCTION
    }

    private static final int COPIES = 33; // out of line, at 132 bytes
    private static final StructLayout LAYOUT = MemoryLayout.structLayout(
            MemoryLayout.sequenceLayout(COPIES, ValueLayout.JAVA_INT_UNALIGNED).withName("copies"));

    final Type<Integer> keys = type(Site.KEY_READER, Site.KEY_WRITER);
    final Type<Integer> values = type(Site.VALUE_READER, Site.VALUE_WRITER);
    private Site site = Site.FUNCTION;
    private int callsLeft;
    private boolean done;
    private Runnable action = () -> {};

    private Type<Integer> type(Site reader, Site writer) {
        return Type.of(
                LAYOUT,
                segment -> {
                    call(reader);
                    return number(segment);
                },
                (segment, number) -> {
                    call(writer);
                    write(segment, number);
                });
    }

    /** Has the action done at the n-th call from there, once. */
    void at(Site where, int n, Runnable what) {
        site = where;
        callsLeft = n;
        action = what;
    }

    /** Has nothing done any more. */
    void disarm() {
        callsLeft = 0;
    }

    /** Returns whether it has been done. */
    boolean isDone() {
        return done;
    }

    void call(Site from) {
        if (from == site && --callsLeft == 0) {
            done = true;
            action.run();
        }
    }

    static int number(MemorySegment segment) {
        int number = segment.get(ValueLayout.JAVA_INT_UNALIGNED, 0);
        for (int i = 1; i < COPIES; i++) {
            if (segment.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i) != number) {
                throw new AssertionError("bytes that no object has");
            }
        }
        return number;
    }

    static void write(MemorySegment segment, int number) {
        for (int i = 0; i < COPIES; i++) {
            segment.set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, number);
        }
    }
}
