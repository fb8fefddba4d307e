package com.example;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import io.memmap.micrometer.MicrometerMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

/** Uses the meters from the module path. */
final class Main {
    private Main() {}

    public static void main(String[] arguments) {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        try (NativeHeap heap = NativeHeap.ofConfined();
                MicrometerMeters meters = new MicrometerMeters()) {
            LongLongMap.builder(heap).name("orders").make().put(1, 2);
            meters.bindTo(registry);
            double size =
                    registry.get("memmap.map.size").tag("map", "orders").gauge().value();
            if (size != 1) {
                throw new AssertionError("memmap.map.size is " + size);
            }
        }
    }
}
