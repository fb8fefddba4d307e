package io.memmap.examples;

import io.memmap.MemMap;
import io.memmap.MemMapCursor;
import io.memmap.NativeHeap;
import io.memmap.Type;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * Maps whose values are maps: passengers by country, city and line. The outer maps hold pointers to
 * the inner ones, all of which lie in one heap. To free only the outermost map would leave the
 * others in the heap, so {@code freeDeep} frees them all.
 */
public final class NestedMaps {
    private static final Type<MemMap<String, Integer>> LINES = Type.map(Type.UTF8, Type.INT);
    private static final Type<MemMap<String, MemMap<String, Integer>>> CITIES = Type.map(Type.UTF8, LINES);

    private static final String[] COUNTS = {
        "Germany/Kiel/ferry 12", "Germany/Kiel/bus 30", "Germany/Ulm/tram 7", "Norway/Oslo/ferry 44",
        "Germany/Kiel/ferry 5", "Norway/Oslo/tram 21", "Norway/Bergen/bus 9", "Germany/Ulm/tram 1",
    };

    private NestedMaps() {}

    /** Runs the example. It takes no arguments. */
    public static void main(String[] arguments) {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            var countries = MemMap.make(heap, Type.UTF8, CITIES);
            for (String count : COUNTS) {
                String[] parts = count.split("[/ ]", -1);
                var lines = inner(heap, inner(heap, countries, parts[0], LINES), parts[1], Type.INT);
                lines.merge(parts[2], Integer.parseInt(parts[3]), Integer::sum);
            }
            print(countries);

            // A get returns a handle: a change by it is a change of the one map in the heap.
            var norway = Objects.requireNonNull(countries.get("Norway"));
            Objects.requireNonNull(norway.get("Oslo")).put("ferry", 0);
            System.out.println("Oslo's ferry has "
                    + Objects.requireNonNull(norway.get("Oslo")).get("ferry"));

            // To remove a value that is a map does not free the map.
            countries.delete("Norway");
            norway.freeDeep();
            System.out.println(countries.size() + " country is left");
            countries.freeDeep();
            System.out.println(heap.stats().inUse() + " bytes are in use after freeDeep");
        }
    }

    /** Returns the map that is the value of a key; makes it if the key is absent. */
    private static <V> MemMap<String, V> inner(
            NativeHeap heap, MemMap<String, MemMap<String, V>> outer, String key, Type<V> type) {
        return Objects.requireNonNull(outer.computeIfAbsent(key, _ -> MemMap.make(heap, Type.UTF8, type)));
    }

    /** Prints the counts in order. The order of the maps themselves is random. */
    private static void print(MemMap<String, MemMap<String, MemMap<String, Integer>>> countries) {
        Map<String, Map<String, Integer>> sorted = new TreeMap<>();
        for (var country = countries.cursor(); country.next(); ) {
            for (MemMapCursor<String, MemMap<String, Integer>> city =
                            country.value().cursor();
                    city.next(); ) {
                sorted.put(
                        country.key() + ", " + city.key(),
                        new TreeMap<>(city.value().asMap()));
            }
        }
        sorted.forEach((city, lines) -> System.out.println(city + ": " + lines));
    }
}
