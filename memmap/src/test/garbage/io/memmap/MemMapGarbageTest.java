package io.memmap;

import static io.memmap.MapGarbageTest.assertGarbageAtMost;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.LocalDate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Operations on an object map that make no Java object once the thread has its buffers, and the
 * most garbage that the others make.
 */
class MemMapGarbageTest {
    private static final int ENTRIES = 1000;
    /** An arena with a segment. A read took 168 bytes, an update 192. */
    private static final long READ_BYTES = 400;

    /** A writer has 32 bytes, a reader with its cursor 64. */
    private static final long CALL_BYTES = 100;

    private final String[] keys = texts("key ");
    private final byte[][] bytes = utf8(keys);
    private final String[] absent = texts("größer als ");
    private final byte[][] absentBytes = utf8(absent);
    private final MemorySegment segment =
            MemorySegment.ofArray(String.join("", keys).getBytes(UTF_8));
    private final MemorySegment target = MemorySegment.ofArray(new byte[16]);
    private final NativeHeap heap =
            NativeHeap.builder().maxBytes(16L << 20).profileEvery(0).open();
    private final MemMap<String, Long> map = MemMap.make(heap, Type.UTF8, Type.LONG);
    private final Long[] boxes =
            IntStream.range(0, ENTRIES).mapToObj(i -> 1_000_000L + i).toArray(Long[]::new);
    private static long sum;

    private static String[] texts(String prefix) {
        return IntStream.range(0, ENTRIES).mapToObj(i -> prefix + (1000 + i)).toArray(String[]::new);
    }

    private static byte[][] utf8(String[] texts) {
        byte[][] utf8 = new byte[texts.length][];
        for (int i = 0; i < utf8.length; i++) {
            utf8[i] = texts[i].getBytes(UTF_8);
        }
        return utf8;
    }

    @BeforeEach
    void fill() {
        for (int i = 0; i < ENTRIES; i++) {
            map.set(keys[i], boxes[i]);
        }
    }

    @AfterEach
    void close() {
        heap.close();
    }

    @Test
    void lookupsByRangesOfBytesMakeNoGarbage() {
        int length = bytes[0].length;
        assertGarbageAtMost(0, () -> {
            for (int i = 0; i < ENTRIES; i++) {
                sum += map.containsKey(bytes[i], 0, length) ? 1 : 0;
                sum += map.containsKey(segment, (long) i * length, length) ? 1 : 0;
                sum += map.get(absentBytes[i], 0, absentBytes[i].length) == null ? 1 : 0;
                sum += map.get(segment, i, length + 1) == null ? 1 : 0;
            }
        });
    }

    @Test
    void lookupsByStringsMakeNoGarbage() {
        assertGarbageAtMost(0, () -> {
            for (int i = 0; i < ENTRIES; i++) {
                sum += map.containsKey(keys[i]) ? 1 : 0;
                sum += map.get(absent[i]) == null ? 1 : 0;
            }
        });
    }

    @Test
    void copiesOfValuesMakeNoGarbage() {
        int length = bytes[0].length;
        assertGarbageAtMost(0, () -> {
            for (int i = 0; i < ENTRIES; i++) {
                sum += map.copyValue(keys[i], target, 0);
                sum += map.copyValue(bytes[i], 0, length, target, 8);
                sum += map.copyValue(segment, (long) i * length, length, target, 3);
            }
        });
    }

    @Test
    void copiesOfValuesOfLongerKeysMakeNoGarbage() {
        for (String prefix : new String[] {"at most 16: ", "a key of at most 32 bytes: ", "a key of ".repeat(9)}) {
            String[] longer = texts(prefix);
            byte[][] longerBytes = utf8(longer);
            for (int i = 0; i < ENTRIES; i++) {
                map.set(longer[i], boxes[i]);
            }
            assertGarbageAtMost(0, () -> {
                for (int i = 0; i < ENTRIES; i++) {
                    sum += map.copyValue(longer[i], target, 0);
                    sum += map.copyValue(longerBytes[i], 0, longerBytes[i].length, target, 8);
                    sum += map.containsKey(longerBytes[i], 1, longerBytes[i].length - 1) ? 1 : 0;
                }
            });
        }
    }

    @Test
    void removalsOfRangesAndInsertionsMakeNoGarbage() {
        assertGarbageAtMost(0, () -> {
            for (int i = 0; i < ENTRIES; i++) {
                sum += map.delete(bytes[i], 0, bytes[i].length) ? 1 : 0;
                sum += map.delete(bytes[i], 0, bytes[i].length) ? 1 : 0;
            }
            for (int i = 0; i < ENTRIES; i++) {
                map.set(keys[i], boxes[i]);
            }
        });
    }

    @Test
    void overwritesMakeNoGarbage() {
        assertGarbageAtMost(0, () -> {
            for (int i = 0; i < ENTRIES; i++) {
                map.set(keys[i], boxes[ENTRIES - 1 - i]);
            }
        });
    }

    @Test
    void setsAndLookupsOfDatesAndEnumsMakeNoGarbage() {
        MemMap<LocalDate, TypeUnderTest.Level> dates =
                MemMap.make(heap, Type.LOCAL_DATE, Type.enumOf(TypeUnderTest.Level.class));
        MemMap<Duration, LocalDate> durations = MemMap.make(heap, Type.DURATION, Type.LOCAL_DATE);
        LocalDate[] days =
                IntStream.range(0, ENTRIES).mapToObj(LocalDate::ofEpochDay).toArray(LocalDate[]::new);
        Duration[] seconds =
                IntStream.range(0, ENTRIES).mapToObj(Duration::ofSeconds).toArray(Duration[]::new);
        TypeUnderTest.Level[] levels = TypeUnderTest.Level.values();
        assertGarbageAtMost(0, () -> {
            for (int i = 0; i < ENTRIES; i++) {
                dates.set(days[i], levels[i % levels.length]);
                sum += dates.get(days[i]) == null ? 1 : 0;
                durations.set(seconds[i], days[i]);
                sum += durations.containsKey(seconds[i]) ? 1 : 0;
            }
        });
    }

    /** Before C2 has compiled a put of an array, it makes three small segments. */
    @Test
    void aPutOfAnArrayDoesNotCopyTheArrayOnTheHeap() {
        MemMap<Long, long[]> arrays = MemMap.make(heap, Type.LONG, Type.LONGS);
        long[] array = new long[1000];
        Long[] keys = IntStream.range(0, ENTRIES).mapToObj(Long::valueOf).toArray(Long[]::new);
        assertGarbageAtMost(200L * ENTRIES, () -> {
            for (Long key : keys) {
                arrays.set(key, array);
            }
        });
    }

    @Test
    void anEncoderOrADecoderCostsOneWriterOrReader() {
        Type<String> type = Type.of(
                "text",
                String.class,
                (text, to) -> {
                    for (int i = 0; i < text.length(); i++) {
                        to.putByte(text.charAt(i));
                    }
                },
                from -> {
                    for (int i = from.remaining(); i > 0; i--) {
                        sum += from.getByte();
                    }
                    return "";
                });
        MemMap<String, String> texts = MemMap.make(heap, type, type);
        assertGarbageAtMost(ENTRIES * 2 * CALL_BYTES, () -> {
            for (int i = 0; i < ENTRIES; i++) {
                texts.set(keys[i], absent[i]); // a writer for the key, and one for the value
            }
        });
        assertGarbageAtMost(ENTRIES * 2 * CALL_BYTES, () -> {
            for (int i = 0; i < ENTRIES; i++) {
                sum += texts.get(keys[i]).length(); // a writer for the key, a reader for the value
            }
        });
    }

    @Test
    void aReadOrAnUpdateMakesOneArena() {
        assertGarbageAtMost(ENTRIES * READ_BYTES, () -> {
            for (int i = 0; i < ENTRIES; i++) {
                map.read(keys[i], value -> {
                    sum += value.byteSize();
                    return null;
                });
            }
        });
        assertGarbageAtMost(ENTRIES * READ_BYTES, () -> {
            for (int i = 0; i < ENTRIES; i++) {
                map.update(keys[i], value -> sum += value.byteSize());
            }
        });
    }
}
