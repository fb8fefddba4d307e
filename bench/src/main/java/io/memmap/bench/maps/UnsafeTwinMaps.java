package io.memmap.bench.maps;

import io.memmap.Geometry;
import io.memmap.LongLongMap;
import io.memmap.NativeHeap;

/** Maps that are written as {@link LongLongMap}s and read through an {@link UnsafeTwin}. */
final class UnsafeTwinMaps implements LongMaps {
    private final NativeHeap heap = NativeHeap.ofConfined();
    private final Geometry geometry;

    UnsafeTwinMaps(Geometry geometry) {
        this.geometry = geometry;
    }

    @Override
    public LongMap make(int hint) {
        LongLongMap map =
                LongLongMap.builder(heap).geometry(geometry).hint(hint).make();
        return new Twin(map, new UnsafeTwin(heap, map));
    }

    @Override
    public void close() {
        heap.close();
    }

    private static final class Twin extends LongMap {
        private final LongLongMap map;
        private final UnsafeTwin twin;

        Twin(LongLongMap map, UnsafeTwin twin) {
            this.map = map;
            this.twin = twin;
        }

        @Override
        public long get(long key) {
            return twin.get(key);
        }

        @Override
        public void put(long key, long value) {
            map.put(key, value);
        }

        @Override
        public void add(long key, long delta) {
            map.add(key, delta);
        }

        @Override
        public void remove(long key) {
            map.remove(key);
        }

        @Override
        public long sumOfAll() {
            return MemmapMap.sumOfAll(map);
        }

        @Override
        public void clear() {
            map.clear();
        }

        @Override
        public long size() {
            return map.size();
        }

        @Override
        public void close() {
            map.free();
        }
    }
}
