package com.example;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.unsafe.UnsafeLongLongMap;
import io.memmap.unsafe.UnsafePointers;

/** Uses the twin of a map from the module path. */
final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        if (ModuleLayer.boot().findModule("org.jspecify").isPresent()) {
            throw new AssertionError("memmap brings JSpecify along");
        }
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map = LongLongMap.make(heap);
            UnsafeLongLongMap twin = UnsafePointers.twin(heap, map);
            twin.put(1, 2);
            if (map.get(1) != 2) {
                throw new AssertionError("the twin is another map");
            }
        }
    }
}
