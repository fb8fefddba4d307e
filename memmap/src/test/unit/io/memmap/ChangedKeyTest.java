package io.memmap;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.memmap.codec.OperationBuffers;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Code of the caller changes the array or segment of a key while an operation with that key runs.
 */
class ChangedKeyTest {
    private static final StructLayout LAYOUT = MemoryLayout.structLayout(ValueLayout.JAVA_LONG);
    private static final byte OTHER = 99;

    /** A key, and code that changes it. */
    private interface Key<K> {
        K of(int number);

        void change(K key);
    }

    private static final Key<byte[]> ARRAYS = new Key<>() {
        @Override
        public byte[] of(int number) {
            return new byte[] {(byte) number, 0, 0};
        }

        @Override
        public void change(byte[] key) {
            key[1] = OTHER;
        }
    };

    private static final Key<MemorySegment> SEGMENTS = new Key<>() {
        @Override
        public MemorySegment of(int number) {
            return MemorySegment.ofArray(new long[] {number});
        }

        @Override
        public void change(MemorySegment key) {
            key.set(ValueLayout.JAVA_BYTE, 1, OTHER);
        }
    };

    /** A key that keeps the buffers to which it was encoded. */
    private record BufferedKey(int number, List<ByteBuffer> kept) {
        static final Type<BufferedKey> TYPE = Type.of(
                "buffered-key",
                BufferedKey.class,
                (key, to) -> key.kept.add(to.putBuffer(Integer.BYTES).putInt(key.number)),
                from -> new BufferedKey(from.getBuffer(Integer.BYTES).getInt(), new ArrayList<>()));

        @Override
        public boolean equals(Object object) {
            return object instanceof BufferedKey other && number == other.number;
        }

        @Override
        public int hashCode() {
            return number;
        }
    }

    private static final Key<BufferedKey> BUFFERED = new Key<>() {
        @Override
        public BufferedKey of(int number) {
            return new BufferedKey(number, new ArrayList<>());
        }

        @Override
        public void change(BufferedKey key) {
            key.kept.forEach(buffer -> buffer.clear().put(new byte[] {OTHER, OTHER, OTHER, OTHER}));
        }
    };

    private final NativeHeap heap = NativeHeap.ofShared();
    private Runnable inValueCode = () -> {};
    /** Values with a reader and a writer that are code of the caller. */
    private final Type<Long> values = Type.of(
            LAYOUT,
            segment -> {
                inValueCode.run();
                return segment.get(ValueLayout.JAVA_LONG, 0);
            },
            (segment, value) -> {
                inValueCode.run();
                segment.set(ValueLayout.JAVA_LONG, 0, value);
            });

    @AfterEach
    void close() {
        heap.close();
    }

    /**
     * A write of the value 5 to a key whose value is 4 or absent. The action runs where the write
     * calls code of the caller.
     */
    enum Write {
        PUT((map, key, change) -> map.put(key, 5L)),
        REPLACE((map, key, change) -> map.replace(key, 5L)),
        REPLACE_IF((map, key, change) -> map.replace(key, 4L, 5L)),
        PUT_IF_ABSENT((map, key, change) -> map.putIfAbsent(key, 5L)),
        COMPUTE((map, key, change) -> map.compute(key, (same, old) -> {
            change.run();
            return 5L;
        })),
        COMPUTE_IF_ABSENT((map, key, change) -> map.computeIfAbsent(key, same -> {
            change.run();
            return 5L;
        })),
        COMPUTE_IF_PRESENT((map, key, change) -> map.computeIfPresent(key, (same, old) -> {
            change.run();
            return 5L;
        })),
        MERGE((map, key, change) -> map.merge(key, 5L, (old, value) -> {
            change.run();
            return 5L;
        }));

        private interface WriteAction {
            void run(Map<Object, Long> map, Object key, Runnable change);
        }

        @SuppressWarnings("ImmutableEnumChecker") // the actions have no state
        private final WriteAction act;

        Write(WriteAction act) {
            this.act = act;
        }

        @SuppressWarnings("unchecked") // the key has the type of the map's keys
        <K> void on(Map<K, Long> map, K key, Runnable change) {
            act.run((Map<Object, Long>) map, key, change);
        }

        boolean needsAbsent() {
            return this == PUT_IF_ABSENT || this == COMPUTE_IF_ABSENT;
        }

        boolean needsPresent() {
            return this == REPLACE || this == REPLACE_IF || this == COMPUTE_IF_PRESENT;
        }
    }

    /** All kinds of maps with these keys, each as a java.util map, and the check of each. */
    private <K> void onEveryMap(Type<K> keys, BiConsumer<Map<K, Long>, Runnable> test) {
        Stream.<UnaryOperator<SyncMapBuilder<K, Long>>>of(
                        builder -> builder,
                        builder -> builder.maxEntries(100_000),
                        builder -> builder.maxBytes(4 << 20))
                .forEach(limits -> {
                    SyncMap<K, Long> map =
                            limits.apply(SyncMap.builder(heap, keys, values)).make();
                    test.accept(map, map::check);
                    map.free();
                });
        MemMap<K, Long> map = MemMap.make(heap, keys, values);
        test.accept(map.asMap(), map::check);
        map.free();
    }

    private <K> void writesToTheKeyAsItWasPassed(Type<K> type, Key<K> keys, Write write) {
        onEveryMap(type, (map, check) -> {
            int entries = 0;
            for (int i = 0; i < 60; i++) {
                boolean present = write.needsPresent() || (i % 2 == 0 && !write.needsAbsent());
                if (present) {
                    map.put(keys.of(i), 4L);
                }
                K key = keys.of(i);
                inValueCode = () -> keys.change(key);
                write.on(map, key, () -> keys.change(key));
                inValueCode = () -> {};
                assertThat(map.get(keys.of(i))).as("%s of %s", write, i).isEqualTo(5L);
                assertThat(map).hasSize(++entries);
            }
            check.run();
            for (int i = 0; i < 60; i++) {
                assertThat(map.remove(keys.of(i))).isEqualTo(5L);
            }
            assertThat(map).isEmpty();
            check.run();
        });
    }

    @ParameterizedTest
    @EnumSource
    void aWriteUsesTheArrayAsItWasWhenPassed(Write write) {
        writesToTheKeyAsItWasPassed(Type.BYTES, ARRAYS, write);
    }

    @ParameterizedTest
    @EnumSource
    void aWriteUsesTheSegmentAsItWasWhenPassed(Write write) {
        writesToTheKeyAsItWasPassed(Type.struct(LAYOUT), SEGMENTS, write);
    }

    @ParameterizedTest
    @EnumSource
    void aWriteUsesTheBytesAsTheEncoderHadWrittenThem(Write write) {
        writesToTheKeyAsItWasPassed(BufferedKey.TYPE, BUFFERED, write);
    }

    private <K> void removes(Type<K> type, Key<K> keys, Function<K, Consumer<Map<K, Long>>> removal) {
        onEveryMap(type, (map, check) -> {
            for (int i = 0; i < 60; i++) {
                map.put(keys.of(i), 4L);
                K key = keys.of(i);
                inValueCode = () -> keys.change(key);
                removal.apply(key).accept(map);
                inValueCode = () -> {};
                assertThat(map).isEmpty();
            }
            check.run();
        });
    }

    @Test
    void aRemovalUsesTheKeyAsItWasWhenPassed() {
        removes(Type.BYTES, ARRAYS, key -> map -> assertThat(map.remove(key)).isEqualTo(4L));
        removes(
                Type.struct(LAYOUT),
                SEGMENTS,
                key -> map -> assertThat(map.remove(key)).isEqualTo(4L));
        removes(
                BufferedKey.TYPE,
                BUFFERED,
                key -> map -> assertThat(map.remove(key)).isEqualTo(4L));
        removes(
                Type.BYTES,
                ARRAYS,
                key -> map -> assertThat(map.compute(key, (same, old) -> {
                            ARRAYS.change(same);
                            return null;
                        }))
                        .isNull());
    }

    @Test
    void anUpdateUsesTheKeyAsItWasWhenPassed() {
        SyncMap<byte[], Long> map =
                SyncMap.builder(heap, Type.BYTES, Type.LONG).maxEntries(1000).make();
        MemMap<byte[], byte[]> plain = MemMap.make(heap, Type.BYTES, Type.BYTES);
        for (int i = 0; i < 60; i++) {
            map.put(ARRAYS.of(i), 4L);
            plain.set(ARRAYS.of(i), new byte[] {4});
            byte[] key = ARRAYS.of(i);
            assertThat(map.update(key, value -> {
                        ARRAYS.change(key);
                        value.set(ValueLayout.JAVA_LONG, 0, 5);
                    }))
                    .isTrue();
            assertThat(map.get(ARRAYS.of(i))).isEqualTo(5);

            byte[] buffer = {OTHER, (byte) i, 0, 0, OTHER};
            byte[] more = {OTHER};
            assertThat(plain.update(buffer, 1, 3, value -> {
                        buffer[2] = OTHER;
                        // moves entries at times, so that the key must be looked up again
                        plain.set(more, more);
                        more[0]++;
                        value.set(ValueLayout.JAVA_BYTE, 0, (byte) 5);
                    }))
                    .isTrue();
            assertThat(plain.get(ARRAYS.of(i))).containsExactly(5);
        }
        map.check();
        plain.check();
    }

    /** A lookup in a confined heap reads at addresses. It checks that they lie in the heap. */
    @ParameterizedTest
    @ValueSource(strings = {"a key", "a key of 17 chars", "a key of more than 32 chars, as it is long"})
    void aPointerThatWasOverwrittenIsNotFollowedOutOfTheHeap(String key) {
        for (NativeHeap.Builder builder :
                List.of(NativeHeap.builder().confined(), NativeHeap.builder().shared())) {
            try (NativeHeap own = builder.maxBytes(1 << 20).open()) {
                MemMap<String, String> map = MemMap.make(own, Type.UTF8, Type.UTF8);
                map.put(key, "its value");
                long slot = map.slotOf(key);
                MemorySegment target = MemorySegment.ofArray(new byte[100]);
                for (long address : new long[] {map.keyAddress(slot), map.valueAddress(slot)}) {
                    long pointer = own.memory.get(ValueLayout.JAVA_LONG, address);
                    for (long wild : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, own.memory.byteSize() - 4}) {
                        own.memory.set(ValueLayout.JAVA_LONG, address, wild);
                        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                                .isThrownBy(() -> map.get(key));
                        assertThatExceptionOfType(IndexOutOfBoundsException.class)
                                .isThrownBy(() -> map.copyValue(key.getBytes(UTF_8), 0, key.length(), target, 0));
                    }
                    own.memory.set(ValueLayout.JAVA_LONG, address, pointer);
                    assertThat(map.get(key)).isEqualTo("its value");
                }
            }
        }
    }

    @Test
    void checkFindsAnEntryInTheWrongShard() {
        SyncMap<byte[], Long> map = SyncMap.make(heap, Type.BYTES, Type.LONG);
        map.put(new byte[] {1}, 1L);
        map.check();
        try (OperationBuffers buffers = OperationBuffers.take()) {
            map.keyCodec.encode(new byte[] {2}, buffers.key);
            map.valueCodec.encode(2L, buffers.value);
            Shard<ObjectTable<byte[], Long>> right = map.shardOf(buffers.key);
            Shard<ObjectTable<byte[], Long>> wrong = map.shards.get(map.shards.get(0) == right ? 1 : 0);
            wrong.table.assign(buffers, false);
        }
        assertThatIllegalStateException().isThrownBy(map::check).withMessageContaining("I16");
    }

    @Test
    void checkFindsAnEntryInTheWrongChain() {
        MemMap<byte[], Long> map = MemMap.make(heap, Type.BYTES, Type.LONG, 1000);
        byte[] key = {1};
        map.set(key, 1L);
        map.check();
        long slot = map.slotOf(key);
        MemorySegment changed = MemorySegment.ofArray(new byte[] {2});
        io.memmap.format.Mem.copyIn(changed, 0, map.mem, map.keyType.start(map.mem, map.keyAddress(slot)), 1);
        assertThatIllegalStateException().isThrownBy(map::check).withMessageContaining("I4");
    }
}
