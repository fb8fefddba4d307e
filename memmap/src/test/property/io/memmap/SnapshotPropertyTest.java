package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Takes snapshots of maps of all types and layouts in the middle of random histories. A snapshot
 * has the entries of its map, passes all checks, has no block that no map needs, and is a map like
 * any other.
 */
class SnapshotPropertyTest {
    private static final String NAME = "map";

    enum Subject {
        LONGS_IN_PAGES("long-long PAGE"),
        LONGS_IN_LINES("long-long LINE"),
        LONGS_OF_GO("long-long GO"),
        INTS_IN_PAGES("int-int PAGE"),
        INTS_IN_LINES("int-int LINE"),
        SMALL_STRUCTS_IN_PAGES("struct3 PAGE"),
        STRUCTS_IN_PAGES("struct7 PAGE"),
        STRUCTS_IN_LINES("struct LINE"),
        LARGE_STRUCTS("struct-large GO"),
        LONG_TO_INT("long-int GO"),
        DOUBLES("double-long LINE"),
        STRINGS_IN_LINES("string-string LINE"),
        STRINGS_OF_GO("string-string GO"),
        LONG_TO_STRING("long-string LINE"),
        STRING_TO_UUID("string-uuid GO"),
        FIXED_LARGE("fixed-large LINE"),
        ORDERED_STRINGS("ordered-string LINE"),
        ORDERED_RECORDS("ordered-record PAGE");

        private final String name;

        Subject(String name) {
            this.name = name;
        }
    }

    private static NativeHeap.Builder builder(boolean confined) {
        NativeHeap.Builder builder = NativeHeap.builder().maxBytes(8 << 20);
        return confined ? builder.confined() : builder.shared();
    }

    @Property(tries = 120)
    void aSnapshotIsTheMap(@ForAll Subject kind, @ForAll long seed, @ForAll boolean confined, @ForAll boolean inFile)
            throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        try (TestDirectory directory = TestDirectory.inMemory();
                NativeHeap heap =
                        (inFile ? builder(confined).file(directory.resolve("source")) : builder(confined)).open()) {
            Path file = directory.resolve("snapshot");
            CrashSubject subject = CrashSubject.of(kind.name);
            subject.make(heap, random.nextBoolean());
            HashTable table = subject.table();
            int options = Mem.getByte(heap.memory, table.hmap + HmapLayout.OPTIONS);
            Mem.setByte(heap.memory, table.hmap + HmapLayout.OPTIONS, (byte) (options | HmapLayout.NAMED));
            heap.names().open(NAME, table.type, found -> subject, () -> table);
            Map<Integer, Integer> model = new HashMap<>();
            int keys = 1 << random.nextInt(3, 12);
            for (int part = 0; part < 3; part++) {
                change(subject, model, random, keys, random.nextInt(3 * keys));
                Snapshot snapshot = heap.snapshot(file);
                assertThat(snapshot.maps()).isEqualTo(1);
                assertThat(snapshot.bytes()).isEqualTo(Files.size(file));
                assertIs(file, kind, new HashMap<>(model), random, subject.table());
            }
            assertHas(subject, model);
        }
    }

    /** Changes a map, with more insertions or more removals, so that it grows or shrinks. */
    private static void change(
            CrashSubject subject, Map<Integer, Integer> model, SplittableRandom random, int keys, int changes) {
        int insertions = random.nextInt(11);
        for (int i = 0; i < changes; i++) {
            int key = random.nextInt(keys);
            if (random.nextInt(10) < insertions) {
                subject.put(key, i);
                model.put(key, i);
            } else {
                subject.remove(key);
                model.remove(key);
            }
        }
        if (random.nextInt(8) == 0) {
            subject.clear();
            model.clear();
        }
    }

    private static void assertIs(
            Path file, Subject kind, Map<Integer, Integer> model, SplittableRandom random, HashTable original) {
        try (NativeHeap heap = builder(random.nextBoolean()).file(file).open()) {
            assertThat(heap.opening().how()).isEqualTo(Opening.How.CLEAN);
            MapInfo info = heap.maps().get(NAME);
            assertThat(info.size()).isEqualTo(model.size());
            CrashSubject copy = CrashSubject.of(kind.name).at(heap, info.pointer());
            HashTable table = copy.table();
            heap.check();
            if (random.nextInt(10) == 0) { // it reads the whole file, with its holes
                heap.checkZeroes();
            }
            for (long field : new long[] {
                HmapLayout.COUNT, HmapLayout.STATE, HmapLayout.NEVACUATE, HmapLayout.OVERFLOW, HmapLayout.NANS
            }) {
                assertThat(table.field(field)).as("field " + field).isEqualTo(original.field(field));
            }
            assertThat(heap.stats().inUse())
                    .as("bytes in use")
                    .isEqualTo(table.bytes()
                            + MemMap.at(heap, heap.directory(), Type.UTF8, Type.LONG)
                                    .bytes());
            copy.check(); // makes an index if the map is ordered
            assertHas(copy, model);
            change(copy, model, random, 2 * model.size() + 10, 500);
            copy.check();
            assertHas(copy, model);
            heap.remove(NAME);
            assertThat(heap.stats().inUse())
                    .as("bytes in use without the map")
                    .isEqualTo(MemMap.at(heap, heap.directory(), Type.UTF8, Type.LONG)
                            .bytes());
            heap.check();
        }
    }

    private static void assertHas(CrashSubject subject, Map<Integer, Integer> model) {
        subject.table().check();
        assertThat(subject.size()).isEqualTo(model.size());
        Map<Integer, Integer> found = new HashMap<>();
        model.keySet().forEach(key -> found.put(key, subject.get(key)));
        assertThat(found).isEqualTo(model);
    }
}
