package io.memmap.stress.leaks;

import io.memmap.NativeHeap;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Operations on memory that all forms share. */
final class Heaps {
    private static final long REQUEST_HEAP_BYTES = 1 << 20;
    private static final long LARGE_HEAP_BYTES = 256 << 20;

    private Heaps() {}

    /** Returns a builder for the heap of one request. */
    static NativeHeap.Builder ofRequest() {
        return NativeHeap.builder().maxBytes(REQUEST_HEAP_BYTES);
    }

    /** Returns a builder for a heap that lives as long as the program. */
    static NativeHeap.Builder ofProgram() {
        return NativeHeap.builder().shared().maxBytes(LARGE_HEAP_BYTES);
    }

    /** Writes every word of a segment, as a message from a network would. */
    static void receive(MemorySegment segment, long id) {
        for (long at = 0; at < segment.byteSize(); at += Long.BYTES) {
            segment.set(ValueLayout.JAVA_LONG_UNALIGNED, at, id + at);
        }
    }

    /** Reads every word of a segment. The sum is the answer to a request. */
    static long sum(MemorySegment segment) {
        long sum = 0;
        for (long at = 0; at < segment.byteSize(); at += Long.BYTES) {
            sum += segment.get(ValueLayout.JAVA_LONG_UNALIGNED, at);
        }
        return sum;
    }
}
