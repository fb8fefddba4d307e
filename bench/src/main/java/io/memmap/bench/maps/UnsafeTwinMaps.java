package io.memmap.bench.maps;

import io.memmap.Geometry;
import io.memmap.Pages;

/** Maps that are filled as {@link MemmapMaps}' and read through an {@link UnsafeTwin}. */
final class UnsafeTwinMaps implements LongMaps {
    private final MemmapMaps maps;

    UnsafeTwinMaps(Geometry geometry) {
        maps = new MemmapMaps(geometry, Pages.SMALL);
    }

    @Override
    public LongMap make(int hint) {
        MemmapMap map = maps.make(hint);
        UnsafeTwin twin = new UnsafeTwin(maps.heap(), map.map());
        return new Twin(map, twin);
    }

    @Override
    public void close() {
        maps.close();
    }

    private static final class Twin implements LongMap {
        private final MemmapMap map;
        private final UnsafeTwin twin;

        Twin(MemmapMap map, UnsafeTwin twin) {
            this.map = map;
            this.twin = twin;
        }

        @Override
        public void put(long key, long value) {
            map.put(key, value);
        }

        @Override
        public void putAll(long[] keys, int from, int to, long salt) {
            map.putAll(keys, from, to, salt);
        }

        @Override
        public long sum(long[] keys, int from, int to) {
            long sum = 0;
            for (int i = from; i < to; i++) {
                sum += twin.get(keys[i]);
            }
            return sum;
        }

        @Override
        public long size() {
            return map.size();
        }

        @Override
        public void close() {
            map.close();
        }
    }
}
