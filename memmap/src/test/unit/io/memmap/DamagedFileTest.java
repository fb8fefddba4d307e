package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.memmap.HeapFileException.Reason;
import io.memmap.format.HeaderSums;
import io.memmap.format.HeapLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damages files on purpose. What a file states is not believed before it is compared with what the
 * heap can hold: no length becomes that of an array, no chain is walked for ever, and a repair does
 * not write outside the maps.
 */
class DamagedFileTest {
    private static final long MIB = 1 << 20;
    private static final int ENTRIES = 300;

    @TempDir
    private Path directory;

    private Path path;

    @BeforeEach
    void nameTheFile() {
        path = directory.resolve("heap");
    }

    private static NativeHeap open(Path file) {
        return NativeHeap.builder().maxBytes(16 * MIB).file(file).open();
    }

    private static MemMap<String, String> texts(NativeHeap heap) {
        return MemMap.open(heap, "texts", Type.UTF8, Type.UTF8);
    }

    private static LongLongMap longs(NativeHeap heap, Geometry geometry) {
        return LongLongMap.builder(heap).geometry(geometry).name("longs").open();
    }

    /** Makes a closed file with a damaged map of texts. */
    private void makeTexts(BiConsumer<MemorySegment, MemMap<String, String>> damage) {
        try (NativeHeap heap = open(path)) {
            MemMap<String, String> map = texts(heap);
            for (int i = 0; i < ENTRIES; i++) {
                map.put("key " + i, "value " + i);
            }
            damage.accept(heap.memory, map);
        }
    }

    /** Makes the file of a process that died, with a damaged map of longs that grows or does not. */
    private Path makeUnclosed(Geometry geometry, boolean grows, BiConsumer<MemorySegment, LongLongMap> damage)
            throws IOException {
        Path copy = directory.resolve("copy");
        try (NativeHeap heap = open(path)) {
            LongLongMap map = longs(heap, geometry);
            boolean hasChains = geometry != Geometry.PAGE;
            for (long key = 0;
                    key < ENTRIES
                            || map.isGrowing() != grows
                            || (hasChains && map.stats().overflowBuckets() == 0);
                    key++) {
                map.put(key, key);
            }
            damage.accept(heap.memory, map);
            copy(path, copy);
        }
        return copy;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (FileChannel source = FileChannel.open(from);
                FileChannel target = FileChannel.open(to, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            ByteBuffer page = ByteBuffer.allocate((int) HeapLayout.PAGE_BYTES);
            long size = source.size();
            target.write(ByteBuffer.allocate(1), size - 1);
            for (long at = 0; at < size; at += page.capacity()) {
                source.read(page.clear(), at);
                if (page.flip().mismatch(ByteBuffer.allocate(page.capacity())) >= 0) {
                    target.write(page, at);
                }
            }
        }
    }

    private static void assertDamaged(Path file, String words) {
        HeapFileException refusal = catchThrowableOfType(HeapFileException.class, () -> open(file));
        assertThat(refusal).as("the exception for " + file).isNotNull();
        assertThat(refusal.reason()).as(refusal.getMessage()).isEqualTo(Reason.DAMAGED);
        assertThat(refusal).hasMessageContaining(words);
    }

    private static long slotOf(MemMap<String, String> map, String key) {
        long slot = map.slotOf(key);
        assertThat(slot).isNotZero();
        return slot;
    }

    // --------------------------------------------------------------------------- lengths in a slot

    @ParameterizedTest
    @ValueSource(ints = {40 << 20, Integer.MAX_VALUE - 8, Integer.MAX_VALUE})
    void theLengthOfAValueMakesNoArray(int length) {
        makeTexts((mem, map) -> Mem.setInt(mem, map.valueAddress(slotOf(map, "key 5")) + Long.BYTES, length));
        try (NativeHeap heap = open(path)) {
            MemMap<String, String> map = texts(heap);
            assertThatThrownBy(() -> map.get("key 5"))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining(Integer.toString(length));
            assertThatThrownBy(() -> map.asMap().values().forEach(value -> {}))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatIllegalStateException()
                    .isThrownBy(map::check)
                    .withMessageContaining("C1")
                    .withMessageContaining(length + " bytes");
            assertThat(map.get("key 6")).isEqualTo("value 6");
        }
    }

    @Test
    void theLengthOfAValueMakesNoArrayInAMapForManyThreads() {
        int length = Integer.MAX_VALUE - 8;
        try (NativeHeap heap =
                NativeHeap.builder().shared().maxBytes(16 * MIB).file(path).open()) {
            SyncMap<Long, String> map = SyncMap.open(heap, "texts", Type.LONG, Type.UTF8);
            map.put(5L, "value");
            for (ObjectTable<Long, String> table : SyncCrashSubject.tables(map.shards)) {
                table.forEachSlot(slot -> Mem.setInt(heap.memory, table.valueAddress(slot) + Long.BYTES, length));
            }
            assertThatThrownBy(() -> map.get(5L))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining(Integer.toString(length));
            map.ordered().firstKey();
            assertThatThrownBy(() -> map.ordered().values().forEach(value -> {}))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void theLengthOfAKeyMakesNoArray() {
        int length = Integer.MAX_VALUE - 8;
        makeTexts((mem, map) -> Mem.setInt(mem, map.keyAddress(slotOf(map, "key 5")) + Long.BYTES, length));
        try (NativeHeap heap = open(path)) {
            MemMap<String, String> map = texts(heap);
            assertThatThrownBy(() -> map.asMap().keySet().forEach(key -> {}))
                    .isInstanceOf(IndexOutOfBoundsException.class)
                    .hasMessageContaining(Integer.toString(length));
            assertThatIllegalStateException().isThrownBy(map::check).withMessageContaining("C1");
        }
    }

    /** A length that stays in the heap, but not in the entry's block, shows bytes of other entries. */
    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 100})
    void anEntryStaysInItsBlock(int length) throws IOException {
        Path copy = directory.resolve("copy");
        try (NativeHeap heap = open(path)) {
            MemMap<String, String> map = texts(heap);
            map.put("key", "value");
            Mem.setInt(heap.memory, map.valueAddress(slotOf(map, "key")) + Long.BYTES, length);
            assertThatIllegalStateException()
                    .isThrownBy(map::check)
                    .withMessageContaining("C1 broken")
                    .withMessageContaining("value of " + length + " bytes");
            copy(path, copy);
        }
        assertDamaged(copy, "value of " + length + " bytes");
    }

    // -------------------------------------------------------------------------------- links, layout

    private static long overflow(MemorySegment mem, LongLongMap map, long bucket) {
        return Mem.getLong(mem, bucket + map.overflowOffset);
    }

    /** Returns a bucket that has an overflow bucket. */
    private static long longChain(MemorySegment mem, LongLongMap map) {
        long bucket = map.field(HmapLayout.BUCKETS);
        while (overflow(mem, map, bucket) == 0) {
            bucket += map.bucketBytes;
        }
        return bucket;
    }

    private static void makeCircle(MemorySegment mem, LongLongMap map) {
        long overflow = overflow(mem, map, longChain(mem, map));
        Mem.setLong(mem, overflow + map.overflowOffset, overflow);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GO", "LINE"})
    void aChainInACircleEnds(Geometry geometry) throws IOException {
        Path copy = makeUnclosed(geometry, false, DamagedFileTest::makeCircle);
        assertDamaged(copy, "two chains have the overflow bucket");
        try (NativeHeap heap = open(path)) {
            LongLongMap map = longs(heap, geometry);
            assertThatIllegalStateException().isThrownBy(map::check).withMessageContaining("I5");
            assertThatThrownBy(() -> map.asMap().forEach((key, value) -> {})).isInstanceOf(RuntimeException.class);
        }
    }

    @Test
    void aSpareBucketHasOneChain() throws IOException {
        Path copy = makeUnclosed(Geometry.GO, false, (mem, map) -> {
            long chain = longChain(mem, map);
            long other = map.field(HmapLayout.BUCKETS);
            other = other == chain ? other + map.bucketBytes : other;
            Mem.setLong(mem, other + map.overflowOffset, overflow(mem, map, chain));
        });
        assertDamaged(copy, "two chains have the overflow bucket");
    }

    @Test
    void anEmptiedChainIsNotInACircle() throws IOException {
        Path copy = makeUnclosed(Geometry.GO, true, (mem, map) -> {
            long unit = map.field(HmapLayout.NEVACUATE); // has not moved
            long bucket = map.field(HmapLayout.BUCKETS) + unit * map.bucketBytes;
            long spare = map.field(HmapLayout.NEXT_OVERFLOW);
            Mem.setLong(mem, bucket + map.overflowOffset, spare);
            Mem.setLong(mem, spare + map.overflowOffset, spare);
        });
        assertDamaged(copy, "is linked to");
    }

    @Test
    void aBucketHasASize() throws IOException {
        Path copy = makeUnclosed(Geometry.GO, false, (mem, map) -> {
            Mem.setInt(mem, map.hmap + HmapLayout.BUCKET_BYTES, 0);
            map.setState(HmapLayout.withB(map.state(), 60));
        });
        assertDamaged(copy, "its layout is");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE})
    void theMarkIsThatOfAUnit(long mark) throws IOException {
        Path copy = makeUnclosed(Geometry.GO, true, (mem, map) -> map.setField(HmapLayout.NEVACUATE, mark));
        assertDamaged(copy, "its mark is " + mark);
    }

    @ParameterizedTest
    @ValueSource(strings = {"GO", "LINE", "PAGE"})
    void aFlippedSeedIsFound(Geometry geometry) throws IOException {
        Path copy = makeUnclosed(geometry, false, (mem, map) -> {
            long hash0 = map.hmap + HmapLayout.HASH0;
            Mem.setInt(mem, hash0, Mem.getInt(mem, hash0) ^ 64);
        });
        assertDamaged(copy, "hash0");
        try (NativeHeap heap = open(path)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> longs(heap, geometry))
                    .withMessageContaining("hash0");
        }
    }

    // -------------------------------------------------------------------------------------- journal

    @ParameterizedTest
    @ValueSource(longs = {0, 4096, 1L << 40, -8, 15 << 20})
    void aRecordGoesBackIntoTheMaps(long address) throws IOException {
        Path copy = makeUnclosed(Geometry.PAGE, false, (mem, map) -> {
            Mem.setLong(mem, map.hmap + HmapLayout.SAVED, address);
            Mem.setLong(mem, map.hmap + HmapLayout.SAVED + Long.BYTES, 0x1234);
            map.setField(HmapLayout.RECORD, 1);
        });
        assertDamaged(copy, "the record of the map");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 17, Long.MAX_VALUE})
    void aRecordLiesInABlock(long record) throws IOException {
        Path copy = makeUnclosed(Geometry.PAGE, false, (mem, map) -> map.setField(HmapLayout.RECORD, record));
        assertDamaged(copy, "the record of the map");
    }

    @Test
    void aRecordIsNotLongerThanItsBlock() throws IOException {
        Path copy = makeUnclosed(Geometry.PAGE, false, (mem, map) -> {
            long block = map.field(HmapLayout.BUCKETS);
            Mem.setLong(mem, block, block);
            Mem.setLong(mem, block + Long.BYTES, map.heap().blockBytes(block) - 15);
            map.setField(HmapLayout.RECORD, block);
        });
        assertDamaged(copy, "the record of the map");
    }

    // ------------------------------------------------------------------------------------ directory

    /** Damages the slot of the directory that has the only name. */
    private void makeDirectory(BiConsumer<MemorySegment, MemMap<String, Long>> damage) {
        try (NativeHeap heap = open(path)) {
            longs(heap, Geometry.PAGE).put(1, 2);
            damage.accept(heap.memory, MemMap.at(heap, heap.directory(), Type.UTF8, Type.LONG));
        }
    }

    @Test
    void aNameLiesInTheHeap() {
        makeDirectory((mem, names) -> Mem.setLong(mem, names.keyAddress(names.slotOf("longs")), 1L << 50));
        assertDamaged(path, Long.toString(1L << 50));
    }

    @Test
    void aNameIsFound() {
        makeDirectory((mem, names) -> {
            long lowHash = names.keyAddress(names.slotOf("longs")) + 12;
            Mem.setInt(mem, lowHash, Mem.getInt(mem, lowHash) ^ 1);
        });
        assertDamaged(path, "I4");
    }

    @Test
    void aNameIsThatOfItsMap() {
        makeDirectory((mem, names) -> {
            long hmap = Mem.getLong(mem, names.valueAddress(names.slotOf("longs")));
            Mem.setByte(mem, Mem.getLong(mem, hmap + HmapLayout.NAME), 'L');
        });
        assertDamaged(path, "the map named Longs");
    }

    @Test
    void theHeapsCheckIncludesTheDirectory() {
        makeDirectory((mem, names) -> {});
        try (NativeHeap heap = open(path)) {
            heap.check();
            MemMap<String, Long> names = MemMap.at(heap, heap.directory(), Type.UTF8, Type.LONG);
            Mem.setLong(heap.memory, names.valueAddress(names.slotOf("longs")), 8);
            assertThatIllegalStateException().isThrownBy(heap::check).withMessageContaining("the directory is broken");
            assertThatIllegalArgumentException().isThrownBy(heap::maps).withMessageContaining("longs");
        }
    }

    // --------------------------------------------------------------------------------- random damage

    private static final long SEED = 20_261_129;
    private static final int COPIES = 150;

    /** Opens damaged copies. The seed decides the content of the file and the damage. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aDamagedFileIsRefusedOrFoundOrRight(boolean closed) throws IOException {
        Path whole = directory.resolve("whole");
        makeWhole();
        try (NativeHeap heap = open(path)) {
            copy(path, whole);
            assertThat(heap.maps()).hasSize(4);
        }
        if (closed) {
            copy(path, whole);
        }
        List<Long> used = new ArrayList<>();
        byte[] bytes = new byte[(int) HeapLayout.PAGE_BYTES];
        Map<Long, byte[]> pages = new HashMap<>();
        try (FileChannel file = FileChannel.open(whole)) {
            for (long at = 0; at < file.size(); at += bytes.length) {
                file.read(ByteBuffer.wrap(bytes), at);
                if (ByteBuffer.wrap(bytes).mismatch(ByteBuffer.allocate(bytes.length)) >= 0) {
                    used.add(at);
                    pages.put(at, bytes.clone());
                }
            }
        }
        Path copy = directory.resolve("damaged");
        for (int i = 0; i < COPIES; i++) {
            SplittableRandom random = new SplittableRandom(SEED + i);
            String damage = damage(copy, whole, used, pages, random);
            assertThat(faultOf(copy, closed))
                    .as("copy with seed " + (SEED + i) + ", damaged by " + damage)
                    .isNull();
        }
    }

    /** Makes a file whose tables are the same each time: the secrets and the seeds are not random. */
    private void makeWhole() {
        try (NativeHeap heap = open(path)) {
            for (int i = 0; i < HeapLayout.SECRETS; i++) {
                Mem.setLong(heap.memory, HeapLayout.SECRETS_OFFSET + (long) i * Long.BYTES, SEED * (2L * i + 3) | 1);
            }
            Mem.setInt(heap.memory, HeapLayout.HEADER_CHECK_OFFSET, HeaderSums.ofConstants(heap.memory));
        }
        try (NativeHeap heap = open(path)) {
            LongLongMap pages = LongLongMap.open(heap, "pages");
            LongLongMap chains = LongLongMap.builder(heap)
                    .geometry(Geometry.GO)
                    .name("chains")
                    .open();
            MemMap<String, String> texts = texts(heap);
            MemMap<String, Long> ordered = MemMap.open(heap, "ordered", Type.UTF8, Type.LONG);
            for (MapHandle map : List.of(pages, chains, texts, ordered)) {
                MapHandle.setSeed(heap.memory, map.hmap, (int) SEED);
            }
            for (int i = 0; i < ENTRIES; i++) {
                pages.put(i, i);
                chains.put(i, i);
                texts.put("key " + i, "value " + i);
                ordered.put("key " + i, (long) i);
            }
            assertThat(ordered.ordered().firstKey()).isEqualTo("key 0");
        }
    }

    private static String damage(
            Path copy, Path whole, List<Long> used, Map<Long, byte[]> pages, SplittableRandom random)
            throws IOException {
        try (FileChannel file = FileChannel.open(copy, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileChannel source = FileChannel.open(whole)) {
            file.truncate(0);
            file.write(ByteBuffer.allocate(1), source.size() - 1);
            long damaged = used.get(random.nextInt(used.size()));
            byte[] bytes = pages.get(damaged).clone();
            int at = random.nextInt(bytes.length);
            while (bytes[at] == 0) {
                at = (at + 1) % bytes.length;
            }
            int length = random.nextInt(3) == 0 ? Math.min(bytes.length - at, 1 + random.nextInt(64)) : 1;
            for (int i = 0; i < length; i++) {
                bytes[at + i] ^= (byte) (1 + random.nextInt(255));
            }
            for (long page : used) {
                file.write(ByteBuffer.wrap(page == damaged ? bytes : pages.get(page)), page);
            }
            return length + " bytes at " + (damaged + at);
        }
    }

    /** Opens a file and does everything with its maps. Returns what must not come out, or null. */
    private static @Nullable String faultOf(Path file, boolean closed) {
        NativeHeap heap;
        try {
            heap = open(file);
        } catch (HeapFileException refused) {
            return null;
        }
        try (heap) {
            LongLongMap pages = LongLongMap.open(heap, "pages");
            LongLongMap chains = LongLongMap.builder(heap)
                    .geometry(Geometry.GO)
                    .name("chains")
                    .open();
            MemMap<String, String> texts = texts(heap);
            MemMap<String, Long> ordered = MemMap.open(heap, "ordered", Type.UTF8, Type.LONG);
            ordered.ordered().forEach((key, value) -> {});
            heap.check();
            for (HashTable map : List.of(pages, chains, texts, ordered)) {
                map.check();
            }
            for (int i = 0; closed && i < ENTRIES; i++) {
                if (!pages.containsKey(i)
                        || !chains.containsKey(i)
                        || !ordered.containsKey("key " + i)
                        || !texts.containsKey("key " + i)) {
                    return "key " + i + " is absent, and no check has found it";
                }
            }
            for (long key = 0; key < 100; key++) {
                pages.remove(key);
                chains.put(ENTRIES + key, 0);
                texts.put("key " + key, "another value");
            }
        } catch (RuntimeException found) {
            return null;
        } catch (Error error) {
            return error.toString();
        }
        return null;
    }
}
