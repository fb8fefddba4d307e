package io.memmap.stress.linear;

import java.util.concurrent.ConcurrentMap;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a map of texts on a few keys. The map is the subject, which Lincheck checks, or
 * the model, which gives the right answers.
 */
@Param(name = "key", gen = IntGen.class, conf = "1:3")
@Param(name = "value", gen = IntGen.class, conf = "1:4")
public abstract class TextOperations {
    final ConcurrentMap<Integer, String> map;

    TextOperations(ConcurrentMap<Integer, String> map) {
        this.map = map;
    }

    /**
     * Returns a text that is too long for a slot and so has a block of its own. Each number has a
     * text of another size.
     */
    private static String text(int number) {
        return Integer.toString(number).repeat(20 * number);
    }

    @Operation
    public final @Nullable String put(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.put(key, text(value));
    }

    @Operation
    public final @Nullable String get(@Param(name = "key") int key) {
        return map.get(key);
    }

    @Operation
    public final boolean containsKey(@Param(name = "key") int key) {
        return map.containsKey(key);
    }

    @Operation
    public final @Nullable String putIfAbsent(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.putIfAbsent(key, text(value));
    }

    @Operation
    public final @Nullable String computeIfAbsent(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.computeIfAbsent(key, same -> text(value));
    }

    @Operation
    public final @Nullable String computeIfPresent(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.computeIfPresent(key, (same, old) -> old.equals(text(value)) ? null : old + value);
    }

    @Operation
    public final @Nullable String compute(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.compute(key, (same, old) -> old == null ? text(value) : old.substring(1) + value);
    }

    @Operation
    public final @Nullable String merge(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.merge(key, text(value), String::concat);
    }

    @Operation
    public final @Nullable String replace(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.replace(key, text(value));
    }

    @Operation
    public final boolean replaceValue(
            @Param(name = "key") int key, @Param(name = "value") int expected, @Param(name = "value") int value) {
        return map.replace(key, text(expected), text(value));
    }

    @Operation
    public final @Nullable String remove(@Param(name = "key") int key) {
        return map.remove(key);
    }

    @Operation
    public final boolean removeValue(@Param(name = "key") int key, @Param(name = "value") int expected) {
        return map.remove(key, text(expected));
    }

    /** Returns a value, read from its bytes in the map. */
    @Operation
    public abstract @Nullable String read(@Param(name = "key") int key);

    /** Turns a value's first character into a digit; returns whether there is a value. */
    @Operation
    public abstract boolean update(@Param(name = "key") int key, @Param(name = "value") int value);

    /** Makes the shards grow and shrink, with keys that no other operation uses. */
    @Operation
    public abstract void churn();
}
