package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Strings and byte arrays: which of them are equal keys, and lookups by a part of an array or of a
 * segment (go:lookup-without-a-copy).
 */
class StringKeyTest extends MemMapTestBase {
    private static final int MEGABYTE = 1 << 20;
    private static final int LONGEST_RUN = 70;

    // ------------------------------------------------------------------------------------- strings

    @Test
    void stringsComeBackUnchanged() {
        MemMap<String, String> map = make(Type.UTF8, Type.UTF8);
        List<String> strings =
                new ArrayList<>(List.of("", "a", "größer", "日本語", "a😀b", "😀😀", "\0", "a\0", "\uFFFF"));
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint += 997) {
            if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
                strings.add("x" + Character.toString(codePoint) + "yz");
            }
        }
        for (int boundary : new int[] {0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF}) {
            strings.add("<" + Character.toString(boundary) + ">");
        }
        for (String string : strings) {
            assertThat(map.put(string, string)).isNull();
        }
        assertThat(map.size()).isEqualTo(strings.size());
        for (String string : strings) {
            assertThat(map.get(string)).isEqualTo(string);
            byte[] utf8 = string.getBytes(StandardCharsets.UTF_8);
            assertThat(map.get(utf8, 0, utf8.length)).isEqualTo(string);
        }
        List<String> produced = new ArrayList<>();
        map.forEach((key, value) -> produced.add(key));
        assertThat(produced).containsExactlyInAnyOrderElementsOf(strings);
    }

    /**
     * A char above 0xFF whose lower half is an ASCII char is not that char. Strings of the lengths
     * around each way to encode them are tried, with the char at each place.
     */
    @Test
    void aCharIsNotTheOneThatItsLowerHalfIs() {
        MemMap<String, Integer> map = make(Type.UTF8, Type.INT);
        for (int length = 1; length <= 40; length++) {
            map.put("A".repeat(length), length);
        }
        for (int length = 1; length <= 40; length++) {
            String ascii = "A".repeat(length);
            for (int at = 0; at < length; at++) {
                for (char c : new char[] {'\u0141', '\uFF41', '\u00C1', '\u8041'}) {
                    String other = ascii.substring(0, at) + c + ascii.substring(at + 1);
                    assertThat(map.get(other)).isNull();
                    assertThat(map.put(other, at)).isNull();
                    assertThat(map.get(other)).isEqualTo(at);
                    assertThat(map.get(ascii)).isEqualTo(length);
                    assertThat(map.remove(other)).isEqualTo(at);
                }
            }
        }
        assertThat(map.size()).isEqualTo(40);
    }

    /** The last blocks lie at the end of the heap. There a read of more than the key would leave it. */
    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(ints = {4, 5, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 64})
    void keysThatFillTheHeapAreFound(int length) {
        try (NativeHeap small = NativeHeap.builder().maxBytes(1 << 20).open()) {
            MemMap<byte[], Byte> map = MemMap.builder(small, Type.BYTES, Type.BYTE)
                    .geometry(geometry)
                    .make();
            byte[] key = new byte[length];
            int count = 0;
            try {
                for (; ; count++) {
                    ByteBuffer.wrap(key).putInt(length - 4, count);
                    map.set(key, (byte) count);
                }
            } catch (HeapExhaustedException full) {
                assertThat(map.size()).isEqualTo(count);
            }
            for (int i = 0; i < count; i++) {
                ByteBuffer.wrap(key).putInt(length - 4, i);
                if (!Byte.valueOf((byte) i).equals(map.get(key, 0, length))) {
                    throw new AssertionError("key " + i + " is lost");
                }
            }
            ByteBuffer.wrap(key).putInt(length - 4, count);
            assertThat(map.get(key)).isNull();
        }
    }

    @ParameterizedTest(name = "at {0} of {1} chars")
    @CsvSource({"0, 1", "0, 5", "4, 5", "700, 900", "899, 900"})
    void anUnpairedSurrogateIsRefusedWithItsPosition(int position, int length) {
        MemMap<String, String> map = make(Type.UTF8, Type.UTF8);
        map.put("ok", "ok");
        for (char surrogate : new char[] {Character.MIN_HIGH_SURROGATE, Character.MAX_LOW_SURROGATE}) {
            String bad = "é".repeat(position) + surrogate + "x".repeat(length - position - 1);
            for (ThrowingCallable use : new ThrowingCallable[] {
                () -> map.put(bad, "1"),
                () -> map.put("ok", bad),
                () -> map.get(bad),
                () -> map.containsKey(bad),
                () -> map.delete(bad),
                () -> map.asMap().get(bad)
            }) {
                assertThatIllegalArgumentException()
                        .isThrownBy(use)
                        .withMessage("unpaired surrogate at index " + position + " of a string of " + length
                                + " chars: it has no UTF-8 encoding");
            }
        }
        assertThat(map.asMap()).hasSize(1).containsEntry("ok", "ok");
    }

    @Test
    void surrogatesInTheWrongOrderCountAsUnpaired() {
        MemMap<String, Integer> map = make(Type.UTF8, Type.INT);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> map.put("ab\uDE00\uD83D", 1))
                .withMessageContaining("at index 2 of a string of 4 chars");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> map.put("😀\uD83D\uD83D\uDE00", 1))
                .withMessageContaining("at index 2 of a string of 5 chars");
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "ä", "😀"})
    void stringsOfAMegabyteCanBeKeysAndValues(String unit) {
        MemMap<String, String> map = make(Type.UTF8, Type.UTF8);
        String large = unit.repeat(MEGABYTE / unit.length());
        map.put(large, large);
        map.put(large.substring(unit.length()), "shorter");
        map.put(large + "!", "longer");
        assertThat(map.get(large).equals(large)).isTrue();
        assertThat(map.remove(large).equals(large)).isTrue();
        assertThat(map.get(large)).isNull();
        assertThat(map.get(large + "!")).isEqualTo("longer");
        assertThat(map.size()).isEqualTo(2);
    }

    @Test
    void stringsThatDifferInOneByteAreDistinct() {
        MemMap<byte[], Integer> map = make(Type.BYTES, Type.INT);
        int keys = 0;
        for (int length = 0; length < LONGEST_RUN; length++) {
            map.put(new byte[length], keys++);
            for (int i = 0; i < length; i++) {
                byte[] key = new byte[length];
                key[i] = 1;
                map.put(key, keys++);
            }
        }
        assertThat(map.size()).isEqualTo(keys);
        map.check();
        for (int length = 0; length < LONGEST_RUN; length++) {
            assertThat(map.remove(new byte[length])).isNotNull();
        }
        assertThat(map.size()).isEqualTo(keys - LONGEST_RUN);
    }

    @Test
    void theMapStoresACopyOfAnArrayAndReturnsAnother() {
        MemMap<byte[], byte[]> map = make(Type.BYTES, Type.BYTES);
        byte[] key = {1, 2, 3};
        byte[] value = {4, 5, 6};
        map.put(key, value);
        key[0] = 9;
        value[0] = 9;
        map.get(new byte[] {1, 2, 3})[1] = 9;
        map.forEach((ownKey, ownValue) -> ownKey[0] = ownValue[0] = 9);
        assertThat(map.get(new byte[] {1, 2, 3})).containsExactly(4, 5, 6);
        assertThat(map.containsKey(key)).isFalse();
    }

    // --------------------------------------------------------------------------------- many at once

    @Test
    void getAllFindsWhatGetFinds() {
        MemMap<String, byte[]> map = make(Type.UTF8, Type.BYTES);
        String[] keys = new String[1000];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = "x".repeat(i % 50) + i;
            if (i % 3 != 0) {
                map.put(keys[i], new byte[i]);
            }
        }
        keys[500] = keys[1];
        byte[][] values = new byte[keys.length + 1][];
        values[0] = new byte[1];
        values[keys.length] = new byte[7];
        assertThat(map.getAll(keys, values)).isEqualTo(666);
        for (int i = 0; i < keys.length; i++) {
            assertThat(values[i]).isEqualTo(map.get(keys[i]));
        }
        assertThat(values[keys.length]).hasSize(7);
        assertThat(map.getAll(new String[0], new byte[0][])).isZero();
    }

    /**
     * The strings have every length around the bounds of a short key. Those of other chars have the
     * low bytes of strings that are present.
     */
    @Test
    void getAllTellsStringsOfEveryLengthAndCharApart() {
        MemMap<String, Integer> map = make(Type.UTF8, Type.INT);
        List<String> keys = new ArrayList<>();
        for (int length = 0; length <= 40; length++) {
            String text = "0123456789abcdefghijklmnopqrstuvwxyzABCD".substring(0, length);
            map.put(text, length);
            keys.add(text);
            keys.add(text + "\0");
            for (int i = 0; i < length; i++) {
                String before = text.substring(0, i);
                String after = text.substring(i + 1);
                keys.add(before + (char) (text.charAt(i) + 0x80) + after);
                keys.add(before + (char) (text.charAt(i) + 0x100) + after);
                keys.add(before + "#" + after);
                if (i > 0) {
                    keys.add(text.substring(0, i - 1) + "\uD83D\uDE00" + after);
                }
            }
        }
        Integer[] values = new Integer[keys.size()];
        assertThat(map.getAll(keys.toArray(new String[0]), values)).isEqualTo(41);
        for (int i = 0; i < values.length; i++) {
            boolean isPresent = "0123456789abcdefghijklmnopqrstuvwxyzABCD".startsWith(keys.get(i));
            assertThat(values[i])
                    .as(keys.get(i))
                    .isEqualTo(isPresent ? (Integer) keys.get(i).length() : null);
        }

        for (int i = 0; i < values.length; i++) {
            map.put(keys.get(i), i);
        }
        assertThat(map.getAll(keys.toArray(new String[0]), values)).isEqualTo(values.length);
        for (int i = 0; i < values.length; i++) {
            assertThat(values[i]).as(keys.get(i)).isEqualTo(i);
        }
    }

    @Test
    void getAllMayOverwriteItsKeys() {
        MemMap<String, String> map = make(Type.UTF8, Type.UTF8);
        String[] keys = new String[100];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = "key " + i;
            map.put(keys[i], "value " + i);
        }
        assertThat(map.getAll(keys, keys)).isEqualTo(100);
        assertThat(keys[77]).isEqualTo("value 77");
        assertThat(map.getAll(keys, keys)).isZero();
        assertThat(keys).containsOnlyNulls();
    }

    @Test
    void getAllRefusesWhatGetRefuses() {
        MemMap<String, Integer> map = make(Type.UTF8, Type.INT);
        map.put("a", 1);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> map.getAll(new String[3], new Integer[2]))
                .withMessage("values must have room for 3 keys: 2");
        assertThatNullPointerException()
                .isThrownBy(() -> map.getAll(new String[] {"a", null}, new Integer[2]))
                .withMessage("key");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> map.getAll(new String[] {"a", "\uD800"}, new Integer[2]))
                .withMessageContaining("unpaired surrogate");
        map.free();
        assertThat(map.getAll(new String[] {"a"}, new Integer[1])).isZero();
        assertThat(MemMap.<String, Integer>nil().getAll(new String[] {"a"}, new Integer[1]))
                .isZero();
    }

    /** The code that decodes a value may change the map between two lookups of one call. */
    @Test
    void getAllSeesWhatCallersCodeChanges() {
        List<MemMap<String, Long>> maps = new ArrayList<>();
        Type<Long> deleting = Type.of(
                MemoryLayout.structLayout(ValueLayout.JAVA_LONG),
                segment -> {
                    long n = segment.get(ValueLayout.JAVA_LONG, 0);
                    maps.forEach(map -> map.delete("key number " + (n + 1)));
                    return n;
                },
                (segment, n) -> segment.set(ValueLayout.JAVA_LONG, 0, n));
        MemMap<String, Long> map = make(Type.UTF8, deleting);
        String[] keys = new String[100];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = "key number " + i;
            map.set(keys[i], (long) i);
        }
        maps.add(map);
        Long[] values = new Long[keys.length];
        assertThat(map.getAll(keys, values)).isEqualTo(50);
        for (int i = 0; i < keys.length; i++) {
            assertThat(values[i]).isEqualTo(i % 2 == 0 ? (Long) (long) i : null);
        }
    }

    // -------------------------------------------------------------------------------------- ranges

    /**
     * The ranges have every length and lie at either end of an array or segment. There a read of
     * eight bytes would leave the array or segment.
     */
    @Test
    void aRangeOfAnArrayOrSegmentFindsTheEntryOfTheString() {
        MemMap<String, Integer> map = make(Type.UTF8, Type.INT);
        String text = "0123456789".repeat(LONGEST_RUN / 10);
        for (int length = 0; length <= text.length(); length++) {
            map.put(text.substring(0, length), length);
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (Arena arena = Arena.ofConfined()) {
            for (int length = 0; length <= bytes.length; length++) {
                for (int from : new int[] {0, (bytes.length - length) / 10 * 10, bytes.length - length}) {
                    Integer expected = map.get(text.substring(from, from + length));
                    assertFinds(map, bytes, from, length, expected);
                    assertFinds(map, MemorySegment.ofArray(bytes), from, length, expected);
                    MemorySegment own = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
                    assertFinds(map, own, from, length, expected);
                    assertFinds(map, own.asSlice(from, length), 0, length, expected);
                }
            }
        }
    }

    private static void assertFinds(MemMap<String, Integer> map, byte[] key, int from, int length, Integer expected) {
        MemorySegment target = MemorySegment.ofArray(new int[2]);
        assertThat(map.get(key, from, length)).isEqualTo(expected);
        assertThat(map.containsKey(key, from, length)).isEqualTo(expected != null);
        assertThat(map.copyValue(key, from, length, target, 4)).isEqualTo(expected == null ? -1 : 4);
        assertThat(map.<Integer>read(key, from, length, value -> value.get(ValueLayout.JAVA_INT, 0)))
                .isEqualTo(expected);
        assertThat(map.update(
                        key, from, length, value -> assertThat(value.byteSize()).isEqualTo(4)))
                .isEqualTo(expected != null);
        assertThat(target.get(ValueLayout.JAVA_INT, 4)).isEqualTo(expected == null ? 0 : expected);
    }

    private static void assertFinds(
            MemMap<String, Integer> map, MemorySegment key, long offset, long length, Integer expected) {
        MemorySegment target = MemorySegment.ofArray(new int[1]);
        assertThat(map.get(key, offset, length)).isEqualTo(expected);
        assertThat(map.containsKey(key, offset, length)).isEqualTo(expected != null);
        assertThat(map.copyValue(key, offset, length, target, 0)).isEqualTo(expected == null ? -1 : 4);
        assertThat(target.get(ValueLayout.JAVA_INT, 0)).isEqualTo(expected == null ? 0 : expected);
    }

    @Test
    void aRangeDeletesAndUpdatesOnlyItsEntry() {
        MemMap<byte[], String> map = make(Type.BYTES, Type.UTF8);
        for (byte n = 0; n < 100; n++) {
            map.put(new byte[] {n, 1, n}, "value " + n);
        }
        byte[] buffer = new byte[300];
        for (byte n = 0; n < 100; n++) {
            buffer[3 * n] = n;
            buffer[3 * n + 1] = 1;
            buffer[3 * n + 2] = n;
        }
        for (int n = 0; n < 100; n += 2) {
            assertThat(map.delete(buffer, 3 * n, 3)).isTrue();
            assertThat(map.delete(buffer, 3 * n, 3)).isFalse();
            assertThat(map.update(buffer, 3 * n + 3, 3, value -> value.set(ValueLayout.JAVA_BYTE, 0, (byte) 'V')))
                    .isTrue();
        }
        assertThat(map.size()).isEqualTo(50);
        assertThat(map.get(new byte[] {7, 1, 7})).isEqualTo("Value 7");
        assertThat(map.containsKey(buffer, 24, 3)).isFalse();
        map.check();
    }

    @Test
    void rangesOutsideTheArrayOrSegmentAreRefused() {
        MemMap<String, Integer> map = make(Type.UTF8, Type.INT);
        map.put("", 1);
        byte[] array = new byte[10];
        MemorySegment segment = MemorySegment.ofArray(array);
        for (int[] range : new int[][] {{-1, 1}, {0, 11}, {10, 1}, {11, 0}, {5, -1}, {1, Integer.MAX_VALUE}}) {
            int from = range[0];
            int length = range[1];
            for (ThrowingCallable use : new ThrowingCallable[] {
                () -> map.get(array, from, length),
                () -> map.containsKey(array, from, length),
                () -> map.copyValue(array, from, length, segment, 0),
                () -> map.read(array, from, length, value -> 1),
                () -> map.update(array, from, length, value -> {}),
                () -> map.delete(array, from, length),
                () -> map.get(segment, from, length),
                () -> map.containsKey(segment, from, length),
                () -> map.copyValue(segment, from, length, segment, 0)
            }) {
                assertThatExceptionOfType(IndexOutOfBoundsException.class)
                        .as("a range of %d bytes from %d", length, from)
                        .isThrownBy(use);
            }
        }
        assertThat(map.get(array, 10, 0)).isEqualTo(1);
        assertThat(map.get(segment, 10, 0)).isEqualTo(1);
    }

    @Test
    void mapsWithKeysOfAFixedSizeRefuseRanges() {
        MemMap<Long, Integer> map = make(Type.LONG, Type.INT);
        byte[] array = new byte[8];
        MemorySegment segment = MemorySegment.ofArray(array);
        for (ThrowingCallable use : new ThrowingCallable[] {
            () -> map.get(array, 0, 8),
            () -> map.containsKey(segment, 0, 8),
            () -> map.copyValue(segment, 0, 8, segment, 0),
            () -> map.update(array, 0, 8, value -> {}),
            () -> map.delete(array, 0, 8)
        }) {
            assertThatExceptionOfType(UnsupportedOperationException.class)
                    .isThrownBy(use)
                    .withMessage(
                            "only keys whose size varies, such as utf8 or bytes, can be found by a range of bytes, not"
                                    + " those of long");
        }
    }

    @Test
    void aValueThatDoesNotFitItsTargetIsRefusedWithAllSizes() {
        MemMap<String, byte[]> map = make(Type.UTF8, Type.BYTES);
        map.put("k", new byte[] {1, 2, 3, 4, 5});
        MemorySegment target = MemorySegment.ofArray(new byte[8]);
        assertThat(map.copyValue("k", target, 3)).isEqualTo(5);
        assertThat(target.toArray(ValueLayout.JAVA_BYTE)).containsExactly(0, 0, 0, 1, 2, 3, 4, 5);
        for (long offset : new long[] {4, 8, 9, -1, Long.MAX_VALUE, Long.MIN_VALUE}) {
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> map.copyValue("k", target, offset))
                    .withMessage("a value of 5 bytes does not fit at offset " + offset + " of a segment of 8 bytes");
        }
        assertThat(map.copyValue("absent", target, -7)).isEqualTo(-1);
    }
}
