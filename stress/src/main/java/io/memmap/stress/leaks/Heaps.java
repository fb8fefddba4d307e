package io.memmap.stress.leaks;

import io.memmap.NativeHeap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What all forms do with memory. */
final class Heaps {
    private static final long REQUEST_HEAP_BYTES = 1 << 20;
    private static final long LARGE_HEAP_BYTES = 256 << 20;

    private Heaps() {}

    /** Describes the heap of one request. */
    static NativeHeap.Builder ofRequest() {
        return NativeHeap.builder().maxBytes(REQUEST_HEAP_BYTES);
    }

    /** Describes a heap that lives as long as the program. */
    static NativeHeap.Builder ofProgram() {
        return NativeHeap.builder().shared().maxBytes(LARGE_HEAP_BYTES);
    }

    /** Writes all of a segment, as what comes from a network does. */
    static void receive(MemorySegment segment, long id) {
        for (long at = 0; at < segment.byteSize(); at += Long.BYTES) {
            segment.set(ValueLayout.JAVA_LONG_UNALIGNED, at, id + at);
        }
    }

    /** Reads all of it: the answer to a request. */
    static long sum(MemorySegment segment) {
        long sum = 0;
        for (long at = 0; at < segment.byteSize(); at += Long.BYTES) {
            sum += segment.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
        }
        return sum;
    }
}
