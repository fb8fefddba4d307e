package io.memmap.stress.linear;

import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.jspecify.annotations.Nullable;

/**
 * The operations of a SyncMap of texts that loads values. There are no removals: a load that a
 * removal overlaps returns a value that is never in the map, so no order of the two explains it.
 */
@Param(name = "key", gen = IntGen.class, conf = "1:3")
@Param(name = "value", gen = IntGen.class, conf = "1:4")
public class LoadedTexts {
    private static final NativeHeap HEAP = NativeHeap.ofShared();

    private final ConcurrentMap<Integer, String> map;
    private final @Nullable SyncMap<Integer, String> loading;

    public LoadedTexts() {
        loading = SyncMap.make(HEAP, Type.INT, Type.UTF8);
        map = loading;
    }

    private LoadedTexts(ConcurrentMap<Integer, String> map) {
        this.map = map;
        loading = null;
    }

    private static String text(int number) {
        return Integer.toString(number).repeat(20 * number);
    }

    @Operation
    public final @Nullable String load(@Param(name = "key") int key, @Param(name = "value") int value) {
        Function<Integer, String> loader = same -> text(value);
        return loading == null ? map.computeIfAbsent(key, loader) : loading.get(key, loader);
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
    public final @Nullable String putIfAbsent(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.putIfAbsent(key, text(value));
    }

    @Operation
    public final @Nullable String replace(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.replace(key, text(value));
    }

    @Operation
    public final @Nullable String merge(@Param(name = "key") int key, @Param(name = "value") int value) {
        return map.merge(key, text(value), String::concat);
    }

    /** Ends an invocation. */
    @Validate
    public void end() {
        if (loading != null) {
            loading.check();
            loading.free();
            Invocations.count();
        }
    }

    /** The model, which gives the right answers. */
    public static class Model extends LoadedTexts {
        public Model() {
            super(new ConcurrentHashMap<>());
        }
    }
}
