package io.memmap;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.lang.invoke.MethodHandles;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A caller's code closes a confined heap in the middle of a read. What follows must not read the
 * memory at its addresses any more: that would end the JVM.
 */
class ClosedWhileReadingTest {
    /** The heap that the next key closes as it is made. */
    private static @Nullable NativeHeap closing;

    record Key(long number) {
        Key {
            if (closing != null) {
                closing.close();
            }
        }
    }

    private final NativeHeap heap = NativeHeap.ofConfined();
    private final MemMap<Key, String> map =
            MemMap.make(heap, Type.record(Key.class, MethodHandles.lookup()), Type.UTF8);

    @AfterEach
    void close() {
        closing = null;
        heap.close();
    }

    @Test
    void anIteratorWhoseKeyClosesTheHeapReadsNoValue() {
        map.put(new Key(1), "one");
        closing = heap;
        assertThatIllegalStateException()
                .isThrownBy(() -> map.asMap().entrySet().iterator().next())
                .withMessageContaining("Already closed");
    }

    @Test
    void aLookupAfterTheEndReadsNothing() {
        MemMap<String, String> texts = MemMap.make(heap, Type.UTF8, Type.UTF8);
        texts.put("a key of some bytes", "one");
        heap.close();
        assertThatIllegalStateException().isThrownBy(() -> texts.get("a key of some bytes"));
        assertThatIllegalStateException()
                .isThrownBy(() -> texts.getAll(new String[] {"a key of some bytes"}, new String[1]));
    }
}
