package io.memmap.stress.linear;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.ConcurrentHashMap;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a SyncMap of texts. Lincheck makes one of these for each invocation of a
 * scenario.
 */
public class Texts extends TextOperations {
    private static final NativeHeap HEAP = NativeHeap.ofShared();

    private final SyncMap<Integer, String> texts;

    public Texts() {
        this(SyncMap.make(HEAP, Type.INT, Type.UTF8));
    }

    private Texts(SyncMap<Integer, String> texts) {
        super(texts);
        this.texts = texts;
    }

    @Override
    public @Nullable String read(int key) {
        return texts.read(key, bytes -> new String(bytes.toArray(ValueLayout.JAVA_BYTE), US_ASCII));
    }

    @Override
    public boolean update(int key, int value) {
        return texts.update(key, bytes -> bytes.set(ValueLayout.JAVA_BYTE, 0, (byte) ('0' + value)));
    }

    @Override
    public void churn() {
        for (int key = 0; key < Invocations.CHURNED; key++) {
            texts.put(-key, "churned");
        }
        for (int key = 0; key < Invocations.CHURNED; key++) {
            texts.remove(-key);
        }
    }

    /** Ends an invocation. */
    @Validate
    public void end() {
        texts.check();
        texts.free();
        Invocations.count();
    }

    /** The model, which gives the right answers. */
    public static class Model extends TextOperations {
        public Model() {
            super(new ConcurrentHashMap<>());
        }

        @Override
        public @Nullable String read(int key) {
            return map.get(key);
        }

        @Override
        public boolean update(int key, int value) {
            return map.computeIfPresent(key, (same, old) -> value + old.substring(1)) != null;
        }

        @Override
        public void churn() {
            // The effect of churn is not visible.
        }
    }
}
