package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Types with an encoder and a decoder of the caller, which write and read any number of bytes. */
class EncodedTypeTest extends MemMapTestBase {
    /** A reader and a writer that the tests give in place of an encoder and a decoder. */
    private static <T> Type<T> type(Class<T> javaClass, Type.Encoder<T> encoder, Type.Decoder<T> decoder) {
        return Type.of("tested", javaClass, encoder, decoder);
    }

    /** Strings whose decoder is given. */
    private static Type<String> read(Type.Decoder<String> decoder) {
        return type(String.class, (text, to) -> to.putUtf8(text), decoder);
    }

    /** Strings whose encoder is given. */
    private static Type<String> written(Type.Encoder<String> encoder) {
        return type(String.class, encoder, from -> new String(from.getBytes(from.remaining()), StandardCharsets.UTF_8));
    }

    private String bytesOf(Consumer<ByteWriter> encoder) {
        MemMap<Integer, String> map = MemMap.make(heap, Type.INT, written((text, to) -> encoder.accept(to)));
        map.set(1, "");
        String bytes = map.read(1, segment -> HexFormat.of().formatHex(segment.toArray(ValueLayout.JAVA_BYTE)));
        map.free();
        return bytes;
    }

    // -------------------------------------------------------------------------- writing and reading

    @Test
    void numbersAreLittleEndianAndStringsHaveTheirLength() {
        assertThat(bytesOf(to -> to.putByte(0x1FF))).isEqualTo("ff");
        assertThat(bytesOf(to -> to.putBoolean(true).putBoolean(false))).isEqualTo("0100");
        assertThat(bytesOf(to -> to.putShort(0x31234))).isEqualTo("3412");
        assertThat(bytesOf(to -> to.putInt(0x12345678))).isEqualTo("78563412");
        assertThat(bytesOf(to -> to.putLong(0x123456789ABCDEFL))).isEqualTo("efcdab8967452301");
        assertThat(bytesOf(to -> to.putFloat(1f))).isEqualTo("0000803f");
        assertThat(bytesOf(to -> to.putDouble(-0.0))).isEqualTo("0000000000000080");
        assertThat(bytesOf(to -> to.putUtf8("aä"))).isEqualTo("0361c3a4");
        assertThat(bytesOf(to -> to.putBytes(new byte[] {1, 2, 3, 4}, 1, 2))).isEqualTo("0203");
        assertThat(bytesOf(to -> {})).isEmpty();
    }

    @Test
    void varintsHaveTheBytesOfProtocolBuffers() {
        assertThat(bytesOf(to -> to.putVarInt(0))).isEqualTo("00");
        assertThat(bytesOf(to -> to.putVarInt(127))).isEqualTo("7f");
        assertThat(bytesOf(to -> to.putVarInt(128))).isEqualTo("8001");
        assertThat(bytesOf(to -> to.putVarInt(300))).isEqualTo("ac02");
        assertThat(bytesOf(to -> to.putVarInt(-1))).isEqualTo("ffffffff0f");
        assertThat(bytesOf(to -> to.putVarLong(-1))).isEqualTo("ffffffffffffffffff01");
        assertThat(bytesOf(to -> to.putVarLong(1L << 35))).isEqualTo("808080808001");
    }

    @Test
    void allNaNsHaveTheSameBytes() {
        double otherNan = Double.longBitsToDouble(0x7FF8_0000_0000_0001L);
        assertThat(bytesOf(to -> to.putDouble(otherNan))).isEqualTo(bytesOf(to -> to.putDouble(Double.NaN)));
        float otherFloatNan = Float.intBitsToFloat(0x7FC0_0001);
        assertThat(bytesOf(to -> to.putFloat(otherFloatNan))).isEqualTo(bytesOf(to -> to.putFloat(Float.NaN)));
    }

    @Test
    void whatEachMethodHasWrittenIsRead() {
        List<Object> read = new ArrayList<>();
        UUID id = new UUID(1, 2);
        Type<String> type = type(
                String.class,
                (text, to) -> {
                    to.putByte(-2)
                            .putBoolean(true)
                            .putShort(-3)
                            .putInt(Integer.MIN_VALUE)
                            .putLong(Long.MAX_VALUE);
                    to.putFloat(-0f)
                            .putDouble(Double.MIN_VALUE)
                            .putVarInt(-4)
                            .putVarInt(5)
                            .putVarLong(Long.MIN_VALUE);
                    to.putUtf8(text).putBytes(new byte[] {6, 7}).putBytes(ByteBuffer.wrap(new byte[] {0, 8, 9}, 1, 2));
                    to.putBytes(MemorySegment.ofArray(new int[] {10}));
                    to.put(Type.UUID, id).put(Type.BYTES, new byte[] {11}).put(Type.list(Type.LONG), List.of(12L));
                    assertThat(to.size()).isEqualTo(80 + text.length() + (text.length() < 128 ? 1 : 3));
                },
                from -> {
                    read.addAll(List.of(from.getByte(), from.getBoolean(), from.getShort(), from.getInt()));
                    read.addAll(List.of(from.getLong(), from.getFloat(), from.getDouble(), from.getVarInt()));
                    read.addAll(List.of(from.getVarInt(), from.getVarLong()));
                    String text = from.getUtf8();
                    byte[] array = {0, 0, 0};
                    from.getBytes(array, 1, 2);
                    read.add(Arrays.toString(array));
                    read.add(Arrays.toString(from.getBytes(2)));
                    read.add(from.getInt());
                    read.add(from.get(Type.UUID));
                    read.add(Arrays.toString(from.get(Type.BYTES)));
                    read.add(from.get(Type.list(Type.LONG)));
                    assertThat(from.remaining()).isZero();
                    return text;
                });
        MemMap<Integer, String> map = make(Type.INT, type);
        for (String text : List.of("", "x".repeat(127), "x".repeat(200_000))) {
            read.clear();
            map.set(1, text);
            assertThat(map.get(1)).isEqualTo(text);
            assertThat(read)
                    .containsExactly(
                            (byte) -2,
                            true,
                            (short) -3,
                            Integer.MIN_VALUE,
                            Long.MAX_VALUE,
                            -0f,
                            Double.MIN_VALUE,
                            -4,
                            5,
                            Long.MIN_VALUE,
                            "[0, 6, 7]",
                            "[8, 9]",
                            10,
                            id,
                            "[11]",
                            List.of(12L));
        }
    }

    @Test
    void aPartMayBeNullIfItsTypeIsNullable() {
        Type<String> nullable = Type.nullable(Type.UTF8);
        MemMap<Integer, String> map = make(
                Type.INT,
                type(
                        String.class,
                        (text, to) ->
                                to.put(nullable, text.isEmpty() ? null : text).put(Type.nullable(Type.INT), null),
                        from -> Objects.toString(from.get(nullable)) + from.get(Type.nullable(Type.INT))));
        map.set(1, "");
        map.set(2, "two");
        assertThat(map.get(1)).isEqualTo("nullnull");
        assertThat(map.get(2)).isEqualTo("twonull");
    }

    @Test
    void streamsWriteAndReadAndDoNotEndTheObject() {
        byte[] large = new byte[20_000];
        Arrays.fill(large, (byte) 3);
        Type<String> type = type(
                String.class,
                (text, to) -> {
                    try (OutputStream stream = to.asOutputStream()) {
                        stream.write(511);
                        stream.write(large, 1, 19_000);
                        stream.write(text.getBytes(StandardCharsets.UTF_8));
                        stream.flush();
                    }
                    to.putInt(7);
                },
                from -> {
                    String text;
                    try (InputStream stream = from.asInputStream()) {
                        assertThat(stream.read()).isEqualTo(255);
                        assertThat(stream.available()).isEqualTo(from.remaining());
                        assertThat(stream.skip(10)).isEqualTo(10);
                        assertThat(stream.readNBytes(18_990)).containsOnly(3);
                        text = new String(stream.readNBytes(from.remaining() - 4), StandardCharsets.UTF_8);
                    }
                    assertThat(from.getInt()).isEqualTo(7);
                    InputStream ended = from.asInputStream();
                    assertThat(ended.read()).isEqualTo(-1);
                    assertThat(ended.read(new byte[3], 0, 3)).isEqualTo(-1);
                    assertThat(ended.read(new byte[3], 0, 0)).isZero();
                    assertThat(ended.skip(5)).isZero();
                    return text;
                });
        MemMap<Integer, String> map = make(Type.INT, type);
        map.set(1, "text");
        assertThat(map.get(1)).isEqualTo("text");
    }

    @Test
    void aBufferOfTheWriterIsZeroAndKeepsItsPlace() {
        make(Type.INT, Type.UTF8).set(1, "dirt".repeat(30)); // in the thread's buffer
        assertThat(bytesOf(to -> {
                    to.putByte(1);
                    ByteBuffer first = to.putBuffer(3);
                    assertThat(first.remaining()).isEqualTo(3);
                    first.put(1, (byte) 2);
                    ByteBuffer second = to.putBuffer(2);
                    second.put((byte) 3);
                    to.putByte(4);
                    assertThat(to.putBuffer(0).hasRemaining()).isFalse();
                }))
                .isEqualTo("01" + "000200" + "0300" + "04");
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 500, 100_000})
    void aBufferThatIsKeptReachesNeitherTheMapNorLaterObjects(int bytes) {
        List<ByteBuffer> kept = new ArrayList<>();
        Type<byte[]> type = type(
                byte[].class,
                (array, to) -> {
                    ByteBuffer buffer = to.putBuffer(array.length);
                    buffer.put(array);
                    kept.add(buffer);
                },
                from -> {
                    ByteBuffer buffer = from.getBuffer(from.remaining());
                    byte[] array = new byte[buffer.remaining()];
                    buffer.get(0, array);
                    kept.add(buffer);
                    return array;
                });
        MemMap<byte[], byte[]> map = make(type, type);
        byte[] ones = new byte[bytes];
        Arrays.fill(ones, (byte) 1);
        byte[] twos = new byte[bytes];
        Arrays.fill(twos, (byte) 2);
        map.set(ones, twos);
        map.set(twos, ones);
        kept.forEach(EncodedTypeTest::overwrite);
        for (int i = 0; i < 3; i++) {
            assertThat(map.get(ones)).isEqualTo(twos);
            assertThat(map.put(twos, ones)).isEqualTo(ones);
            map.forEach((key, value) -> {
                kept.forEach(EncodedTypeTest::overwrite);
                assertThat(key[0] + value[0]).isEqualTo(3);
            });
            kept.forEach(EncodedTypeTest::overwrite);
        }
        assertThat(map.size()).isEqualTo(2);
    }

    @SuppressWarnings("ByteBufferBackingArray") // also what lies beside the buffer
    private static void overwrite(ByteBuffer buffer) {
        Arrays.fill(buffer.array(), (byte) 99);
    }

    // --------------------------------------------------------------------------------------- errors

    @Test
    void aDecoderMustReadAllBytesAndNoMore() {
        for (int bytes : new int[] {0, 3, 300}) {
            String text = "x".repeat(bytes);
            MemMap<Integer, String> tooFar = make(
                    Type.INT,
                    type(
                            String.class,
                            (object, to) -> to.putBytes(object.getBytes(StandardCharsets.UTF_8)),
                            from -> new String(from.getBytes(bytes + 1), StandardCharsets.UTF_8)));
            tooFar.set(1, text);
            assertThatIllegalStateException()
                    .isThrownBy(() -> tooFar.get(1))
                    .withMessage("the bytes of a codec{tested} end at " + bytes + ", but " + (bytes + 1)
                            + " more are to be read at 0: its decoder must read what its encoder has written,"
                            + " and both must be those that the map was written with");
        }
        MemMap<Integer, String> tooFew = make(Type.INT, read(from -> "" + from.getByte()));
        tooFew.set(1, "four");
        assertThatIllegalStateException()
                .isThrownBy(() -> tooFew.get(1))
                .withMessageStartingWith("the decoder of a codec{tested} has read 1 bytes, but the object has 5: ");
        assertThat(tooFew.containsKey(1)).isTrue();
    }

    @Test
    void everyReadRefusesWhatIsNotThere() {
        List<Function<ByteReader, Object>> reads = List.of(
                ByteReader::getByte,
                ByteReader::getBoolean,
                ByteReader::getShort,
                ByteReader::getInt,
                ByteReader::getLong,
                ByteReader::getFloat,
                ByteReader::getDouble,
                ByteReader::getVarInt,
                ByteReader::getVarLong,
                ByteReader::getUtf8,
                from -> from.getBytes(1),
                from -> from.getBuffer(1),
                from -> from.get(Type.UUID),
                from -> from.get(Type.list(Type.INT)));
        for (Function<ByteReader, Object> each : reads) {
            MemMap<Integer, String> map =
                    make(Type.INT, type(String.class, (text, to) -> {}, from -> "" + each.apply(from)));
            map.set(1, "");
            assertThatIllegalStateException().isThrownBy(() -> map.get(1)).withMessageContaining("codec{tested}");
        }
    }

    @Test
    void aVarintWithoutEndIsRefused() {
        MemMap<Integer, String> map = make(
                Type.INT, type(String.class, (text, to) -> to.putLong(-1).putLong(-1), from -> "" + from.getVarLong()));
        map.set(1, "");
        assertThatIllegalStateException()
                .isThrownBy(() -> map.get(1))
                .withMessageStartingWith("the bytes of a codec{tested} have no varint before 10");
    }

    @Test
    @SuppressWarnings("restricted") // a segment of this size that has no memory
    void wrongArgumentsAreRefusedAndNothingIsWritten() {
        assertThat(bytesOf(to -> {
                    assertThatExceptionOfType(IndexOutOfBoundsException.class)
                            .isThrownBy(() -> to.putBytes(new byte[3], 2, 2));
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> to.putBuffer(-1))
                            .withMessage("length must be 0 or more: -1");
                    assertThatNullPointerException().isThrownBy(() -> to.put(Type.UTF8, null));
                    assertThatNullPointerException()
                            .isThrownBy(() -> to.put(Type.list(Type.INT), Arrays.asList(1, null)));
                    assertThatIllegalArgumentException().isThrownBy(() -> to.putUtf8("a" + Character.MIN_SURROGATE));
                    assertThatIllegalStateException().isThrownBy(() -> to.putBytes(closed()));
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> to.put(Type.pointer(), 1L))
                            .withMessageContaining("a pointer can be stored as a long");
                    assertThatIllegalArgumentException()
                            .isThrownBy(() -> to.putBytes(MemorySegment.NULL.reinterpret(3L << 30)))
                            .withMessage("an object of codec{tested} must have at most 2147483639 bytes:"
                                    + " the encoder has written 0 and adds 2147483647");
                }))
                .isEmpty();
        MemMap<Integer, String> map = make(Type.INT, read(from -> {
            assertThatIllegalArgumentException().isThrownBy(() -> from.getBytes(-1));
            assertThatIllegalArgumentException().isThrownBy(() -> from.getBuffer(-1));
            assertThatExceptionOfType(IndexOutOfBoundsException.class)
                    .isThrownBy(() -> from.getBytes(new byte[1], 1, 1));
            return from.getUtf8();
        }));
        map.set(1, "all");
        assertThat(map.get(1)).isEqualTo("all");
    }

    private static MemorySegment closed() {
        try (Arena arena = Arena.ofConfined()) {
            return arena.allocate(8);
        }
    }

    @Test
    void aWriterAndAReaderThatAreKeptAreRefused() {
        List<ByteWriter> writers = new ArrayList<>();
        List<ByteReader> readers = new ArrayList<>();
        List<OutputStream> outs = new ArrayList<>();
        List<InputStream> ins = new ArrayList<>();
        Type<String> type = type(
                String.class,
                (text, to) -> {
                    to.putUtf8(text);
                    writers.add(to);
                    outs.add(to.asOutputStream());
                    if (writers.size() > 1) {
                        assertIsEnded(() -> writers.getFirst().putInt(1)); // also while another one is in use
                    }
                },
                from -> {
                    readers.add(from);
                    ins.add(from.asInputStream());
                    return from.getUtf8();
                });
        MemMap<String, String> map = make(type, type);
        map.set("key", "value");
        assertThat(map.get("key")).isEqualTo("value");
        ByteWriter to = writers.getFirst();
        assertIsEnded(
                () -> to.putByte(1),
                () -> to.putBoolean(true),
                () -> to.putShort(1),
                () -> to.putInt(1),
                () -> to.putLong(1),
                () -> to.putFloat(1),
                () -> to.putDouble(1),
                () -> to.putVarInt(1),
                () -> to.putVarLong(1),
                () -> to.putUtf8(""),
                () -> to.putBytes(new byte[1]),
                () -> to.putBytes(ByteBuffer.allocate(1)),
                () -> to.putBytes(MemorySegment.ofArray(new byte[1])),
                () -> to.put(Type.INT, 1),
                () -> to.putBuffer(1),
                to::asOutputStream,
                to::size,
                () -> write(outs.getFirst()));
        ByteReader from = readers.getFirst();
        assertIsEnded(
                from::remaining,
                from::getByte,
                from::getBoolean,
                from::getShort,
                from::getInt,
                from::getLong,
                from::getFloat,
                from::getDouble,
                from::getVarInt,
                from::getVarLong,
                from::getUtf8,
                () -> from.getBytes(1),
                () -> from.getBytes(new byte[1], 0, 1),
                () -> from.get(Type.INT),
                () -> from.getBuffer(1),
                from::asInputStream,
                () -> read(ins.getFirst()));
        assertThat(map.get("key")).isEqualTo("value");
    }

    private static void assertIsEnded(Runnable... uses) {
        for (Runnable use : uses) {
            assertThatIllegalStateException()
                    .isThrownBy(use::run)
                    .withMessageMatching(
                            "this (writer|reader) is no longer in use: " + "a codec must not keep it beyond the call");
        }
    }

    private static void write(OutputStream stream) {
        try {
            stream.write(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void read(InputStream stream) {
        try {
            stream.read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void anotherThreadCannotUseAWriterOrReader() {
        List<Throwable> thrown = new ArrayList<>();
        Type<String> type = type(
                String.class,
                (text, to) -> {
                    thrown.add(inAnotherThread(() -> to.putInt(1)));
                    to.putUtf8(text);
                },
                from -> {
                    thrown.add(inAnotherThread(from::getByte));
                    return from.getUtf8();
                });
        MemMap<Integer, String> map = make(Type.INT, type);
        map.set(1, "one");
        assertThat(map.get(1)).isEqualTo("one");
        assertThat(thrown)
                .hasSize(2)
                .allSatisfy(e -> assertThat(e)
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("belongs to the thread "
                                + Thread.currentThread().getName() + ", not to other"));
    }

    private static Throwable inAnotherThread(Runnable use) {
        Throwable[] thrown = {null};
        Thread thread = new Thread(() -> thrown[0] = catchThrowable(use::run), "other");
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return thrown[0];
    }

    @Test
    void checkedExceptionsAreWrappedAndOthersPassedOnAndTheMapIsUnchanged() {
        IOException checked = new IOException("disk");
        Error error = new OutOfMemoryError("of the caller");
        Throwable[] next = {null};
        Type<String> type = type(
                String.class,
                (text, to) -> {
                    to.putUtf8(text);
                    fail(next[0]);
                },
                from -> {
                    String text = from.getUtf8();
                    fail(next[0]);
                    return text;
                });
        MemMap<String, String> map = make(type, type);
        map.set("key", "value");
        List<Runnable> operations = List.of(
                () -> map.get("key"),
                () -> map.set("key", "other"),
                () -> map.put("new", "other"),
                () -> map.remove("key"),
                () -> map.compute("key", (key, old) -> "other"),
                () -> map.asMap().replace("key", "value", "other"),
                () -> assertThat(map.asMap().containsValue("value")).isTrue(),
                () -> map.forEach((key, value) -> {}));
        for (Runnable operation : operations) {
            next[0] = checked;
            assertThatExceptionOfType(UncheckedIOException.class)
                    .isThrownBy(operation::run)
                    .withCause(checked);
            next[0] = error;
            assertThat(catchThrowable(operation::run)).isSameAs(error);
            next[0] = null;
            assertThat(map.asMap()).isEqualTo(Map.of("key", "value"));
            map.check();
        }
    }

    private static void fail(Throwable e) throws IOException {
        switch (e) {
            case null -> {}
            case IOException io -> throw io;
            case Error error -> throw error;
            default -> throw new AssertionError(e);
        }
    }

    @Test
    void aDecoderMustNotReturnNull() {
        MemMap<Integer, String> map = make(Type.INT, read(from -> {
            from.getUtf8();
            return null;
        }));
        map.set(1, "one");
        assertThatNullPointerException()
                .isThrownBy(() -> map.get(1))
                .withMessage("the decoder of a codec{tested} returned null");
    }

    @Test
    void namesConsistOfLettersDigitsAndAFewSigns() {
        for (String name : List.of("a", "order.v2", "com.example.Order$Line:7", "json/order_1-b@x", "größe")) {
            assertThat(Type.of(name, String.class, (text, to) -> {}, from -> ""))
                    .hasToString("codec{" + name + "}");
        }
        for (String name : List.of("", " ", "a b", "a}", "a{", "a,b", "a[]", "a\n", "a(b)")) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Type.of(name, String.class, (text, to) -> {}, from -> ""))
                    .withMessage("the name of a type must consist of letters, digits and . _ - : / $ @, at least one: '"
                            + name + "'");
        }
    }

    @Test
    void aMapIsOpenedOnlyWithTheNameThatItWasMadeWith() {
        MemMap<Integer, String> map =
                make(Type.INT, Type.of("a.1", String.class, (s, to) -> to.putUtf8(s), ByteReader::getUtf8));
        map.set(1, "one");
        Type<String> same = Type.of("a.1", String.class, (s, to) -> to.putUtf8(s), ByteReader::getUtf8);
        assertThat(MemMap.at(heap, map.pointer(), Type.INT, same).get(1)).isEqualTo("one");
        Type<String> other = Type.of("a.2", String.class, (s, to) -> to.putUtf8(s), ByteReader::getUtf8);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> MemMap.at(heap, map.pointer(), Type.INT, other))
                .withMessageContaining("is a map[int]codec{a.1}; expected a map[int]codec{a.2}");
    }

    // -------------------------------------------------------------------------------- use of a map

    @Test
    void anEncoderAndADecoderMayUseTheMap() {
        List<MemMap<String, String>> self = new ArrayList<>();
        Type<String> type = type(
                String.class,
                (text, to) -> {
                    to.putUtf8(text);
                    if (text.startsWith("deep ")) {
                        String inner = text.substring(5);
                        self.getFirst().put(inner, inner);
                        to.putUtf8(self.getFirst().get(inner));
                    } else {
                        to.putUtf8("");
                    }
                },
                from -> {
                    String text = from.getUtf8();
                    String inner = from.getUtf8();
                    if (!inner.isEmpty()) {
                        assertThat(self.getFirst().get(inner)).isEqualTo(inner);
                    }
                    return text;
                });
        MemMap<String, String> map = make(Type.UTF8, type);
        self.add(map);
        map.put("key", "deep deep deep end");
        assertThat(map.get("key")).isEqualTo("deep deep deep end");
        assertThat(map.get("deep end")).isEqualTo("deep end");
        assertThat(map.size()).isEqualTo(4);
    }

    @Test
    void anEncoderThatRecursesForEverLeavesTheMapAsItWas() {
        List<MemMap<String, String>> self = new ArrayList<>();
        Type<String> type = written((text, to) -> {
            to.putBytes(text.getBytes(StandardCharsets.UTF_8));
            if (text.equals("endless")) {
                self.getFirst().put("key", "endless");
            }
        });
        MemMap<String, String> map = make(Type.UTF8, type);
        self.add(map);
        map.put("key", "value");
        assertThatExceptionOfType(StackOverflowError.class).isThrownBy(() -> map.put("key", "endless"));
        map.check();
        assertThat(map.asMap()).isEqualTo(Map.of("key", "value"));
        map.put("key", "other");
        assertThat(map.remove("key")).isEqualTo("other");
    }

    @Test
    void aPartMayBeOfATypeWithAnEncoder() {
        Type<TypeUnderTest.Order> order = TypeUnderTest.Order.TYPE;
        Type<List<TypeUnderTest.Order>> orders = Type.list(order);
        MemMap<List<TypeUnderTest.Order>, String> map = make(orders, TypeUnderTest.BUFFERED);
        List<TypeUnderTest.Order> two = List.of(
                new TypeUnderTest.Order(1, "a", List.of()), new TypeUnderTest.Order(2, "b".repeat(200), List.of(1)));
        map.put(two, "two");
        assertThat(map.get(List.copyOf(two))).isEqualTo("two");
        MemMap<Integer, List<String>> buffered = make(Type.INT, Type.list(TypeUnderTest.BUFFERED));
        List<String> texts = List.of("", "a", "ä".repeat(100), "x".repeat(70_000), "b");
        buffered.put(1, texts);
        assertThat(buffered.get(1)).isEqualTo(texts);
        assertThat(buffered.put(1, List.of())).isEqualTo(texts);
    }

    // ------------------------------------------------------------------------------- keys by bytes

    @Test
    void keysAreFoundByTheirBytes() {
        MemMap<String, Integer> map =
                make(written((text, to) -> to.putBytes(text.getBytes(StandardCharsets.UTF_8))), Type.INT);
        map.put("key", 1);
        byte[] line = "a key b".getBytes(StandardCharsets.UTF_8);
        assertThat(map.get(line, 2, 3)).isEqualTo(1);
        assertThat(map.containsKey(MemorySegment.ofArray(line), 2, 3)).isTrue();
        assertThat(map.delete(line, 2, 3)).isTrue();
        assertThat(map.isEmpty()).isTrue();
    }

    @Test
    void objectsWithTheSameBytesAreOneKeyAndOneValue() {
        Type<String> ignoringCase = Type.of(
                "ignoring-case",
                String.class,
                (text, to) -> to.putUtf8(text.toLowerCase(Locale.ROOT)),
                ByteReader::getUtf8);
        MemMap<String, String> map = make(ignoringCase, ignoringCase);
        map.put("Key", "Value");
        assertThat(map.put("KEY", "VALUE")).isEqualTo("value");
        assertThat(map.asMap().containsKey("kEY")).isTrue();
        assertThat(map.asMap().containsValue("vALUE")).isTrue();
        assertThat(map.asMap().replace("key", "VALUE", "other")).isTrue();
        assertThat(map.asMap().remove("key", "OTHER")).isTrue();
        assertThat(map.isEmpty()).isTrue();
    }

    @Test
    @SuppressWarnings("CollectionIncompatibleType") // also what is no key is looked up
    void viewsAreEqualToOtherMapsAndHaveTheirHashCode() {
        MemMap<TypeUnderTest.Order, TypeUnderTest.Order> map = make(TypeUnderTest.Order.TYPE, TypeUnderTest.Order.TYPE);
        Map<TypeUnderTest.Order, TypeUnderTest.Order> model = new HashMap<>();
        for (int i = 0; i < 50; i++) {
            var key = new TypeUnderTest.Order(i, "k", List.of(i));
            var value = new TypeUnderTest.Order(-i, "v", List.of());
            map.put(key, value);
            model.put(key, value);
        }
        assertThat(map.asMap()).isEqualTo(model).hasSameHashCodeAs(model);
        assertThat(model).isEqualTo(map.asMap());
        assertThat(map.asMap().entrySet()).isEqualTo(model.entrySet());
        assertThat(map.asMap().get("no order")).isNull();
        assertThat(map.asMap().containsValue(1)).isFalse();
        map.asMap().values().removeAll(List.of(new TypeUnderTest.Order(-7, "v", List.of())));
        assertThat(map.size()).isEqualTo(49);
    }
}
