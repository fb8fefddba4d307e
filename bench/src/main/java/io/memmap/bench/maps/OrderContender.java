package io.memmap.bench.maps;

import java.util.Arrays;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** A map with its keys in order. */
public enum OrderContender implements Titled {
    MEMMAP_1("SyncMap, 1 shard"),
    MEMMAP_16("SyncMap, 16 shards"),
    TREE_MAP("java.util.TreeMap"),
    SKIP_LIST("ConcurrentSkipListMap"),
    ROCKSDB("RocksDB");

    private final String title;

    OrderContender(String title) {
        this.title = title;
    }

    /** Makes an empty map. */
    public OrderStore open() {
        return switch (this) {
            case MEMMAP_1 -> new MemmapOrder(1);
            case MEMMAP_16 -> new MemmapOrder(16);
            case TREE_MAP -> new SortedMapOrder(new TreeMap<>(Arrays::compareUnsigned));
            case SKIP_LIST -> new SortedMapOrder(new ConcurrentSkipListMap<>(Arrays::compareUnsigned));
            case ROCKSDB -> new RocksOrder();
        };
    }

    @Override
    public String title() {
        return title;
    }

    /** Returns whether its index is made when the first range is asked for. */
    public boolean isMemmap() {
        return this == MEMMAP_1 || this == MEMMAP_16;
    }
}
