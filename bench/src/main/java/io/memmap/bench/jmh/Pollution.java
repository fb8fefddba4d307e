package io.memmap.bench.jmh;

import io.memmap.IntIntMap;
import io.memmap.LongLongMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import io.memmap.bench.maps.Keys;
import io.memmap.bench.maps.TextKeys;
import io.memmap.bench.maps.Triple;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Puts and gets in maps of every kind, of this project and of the JDK, until the compiler has seen
 * all implementations.
 */
final class Pollution {
    private static final int SIZE = 20_000;
    private static final int ROUNDS = 20;

    private Pollution() {}

    /** Throws an IllegalStateException if a map gives a wrong answer. */
    static void run() {
        long[] keys = Keys.range(0, SIZE);
        String[] strings = TextKeys.range(0, SIZE).strings();
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap longs = LongLongMap.make(heap);
            IntIntMap ints = IntIntMap.make(heap);
            MemMap<String, Long> texts = MemMap.make(heap, Type.UTF8, Type.LONG);
            MemMap<Long, Triple> words = MemMap.make(heap, Type.LONG, Type.record(Triple.class));
            MemMap<Triple, Long> structs = MemMap.make(heap, Type.record(Triple.class), Type.LONG);
            Map<Object, Object> boxed = new HashMap<>();
            Map<Object, Object> concurrent = new ConcurrentHashMap<>();
            long wrong = 0;
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < SIZE; i++) {
                    long key = keys[i];
                    Triple triple = new Triple(key, i, round);
                    for (Map<Object, Object> map : List.of(boxed, concurrent)) {
                        map.put(strings[i], key);
                        map.put(i, triple);
                        map.put(triple, key);
                        wrong |= map.get(strings[i]).equals(key)
                                        && map.get(triple).equals(key)
                                ? 0
                                : 1;
                        map.remove(triple);
                    }
                    longs.put(key, round);
                    ints.put(i, round);
                    texts.set(strings[i], key);
                    words.set(key, triple);
                    structs.set(new Triple(i, 0, 0), key);
                    wrong |= longs.get(key) ^ round;
                    wrong |= ints.get(i) ^ round;
                    wrong |= texts.getOrDefault(strings[i], 0L) ^ key;
                    wrong |= triple.equals(words.get(key)) ? 0 : 1;
                    wrong |= structs.getOrDefault(new Triple(i, 0, 0), 0L) ^ key;
                }
            }
            if (wrong != 0) {
                throw new IllegalStateException("a map gave a wrong answer");
            }
        }
    }
}
