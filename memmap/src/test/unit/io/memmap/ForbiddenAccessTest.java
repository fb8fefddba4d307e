package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.lang.foreign.Arena;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * Every public method of maps, cursors and views throws after the heap has ended, and from another
 * thread than that of a confined heap. The tests list the methods by reflection, so they also cover
 * a method that is added later.
 */
class ForbiddenAccessTest {
    /**
     * Methods that read no memory of the heap: they return facts of the handle or cursor, or views,
     * whose own methods read the memory; or they compare a view with an object that is not a map.
     */
    private static final Set<String> WITHOUT_MEMORY =
            Set.of("pointer", "layout", "asMap", "keySet", "values", "entrySet", "key", "value", "equals");

    /** Methods that do nothing after the heap has ended, so that a finally block may call them. */
    private static final Set<String> ENDS = Set.of("LongLongMap.free()", "IntIntMap.free()");

    @Test
    void everyMethodThrowsAfterTheEndOfAConfinedHeap() {
        NativeHeap heap = NativeHeap.builder().maxBytes(1L << 20).open();
        Map<String, ThrowingCallable> calls = callsOn(heap);
        heap.close();
        assertAllSayTheEnd(calls);
    }

    @Test
    void everyMethodThrowsAfterTheEndOfASharedHeap() {
        NativeHeap heap = NativeHeap.builder().shared().maxBytes(1L << 20).open();
        Map<String, ThrowingCallable> calls = callsOn(heap);
        heap.close();
        assertAllSayTheEnd(calls);
    }

    @Test
    void everyMethodThrowsAfterTheEndOfTheCallersArena() {
        Arena arena = Arena.ofConfined();
        Map<String, ThrowingCallable> calls =
                callsOn(NativeHeap.builder().arena(arena).maxBytes(1L << 20).open());
        arena.close();
        assertAllSayTheEnd(calls);
    }

    @Test
    void everyMethodOfAConfinedHeapThrowsInAnotherThread() throws InterruptedException {
        try (NativeHeap heap = NativeHeap.builder().maxBytes(1L << 20).open()) {
            Map<String, ThrowingCallable> calls = callsOn(heap);
            Map<String, Throwable> thrown = new LinkedHashMap<>();
            Thread other = new Thread(() -> calls.forEach((name, call) -> thrown.put(name, thrownBy(call))));
            other.start();
            other.join();
            assertThat(thrown.keySet()).isEqualTo(calls.keySet());
            thrown.forEach(
                    (name, throwable) -> assertThat(throwable).as(name).isInstanceOf(WrongThreadException.class));
            heap.check();
        }
    }

    private static void assertAllSayTheEnd(Map<String, ThrowingCallable> calls) {
        for (String name : ENDS) {
            assertThatCode(calls.remove(name)).as(name).doesNotThrowAnyException();
        }
        calls.forEach((name, call) -> assertThat(thrownBy(call))
                .as(name)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("Already closed"));
    }

    private static Throwable thrownBy(ThrowingCallable call) {
        try {
            call.call();
            return new AssertionError("nothing was thrown");
        } catch (InvocationTargetException e) {
            return e.getCause();
        } catch (Throwable e) {
            return e;
        }
    }

    // --------------------------------------------------------------------------------- the methods

    /** Returns calls of all methods, by name. Each call is on a map that has entries. */
    private static Map<String, ThrowingCallable> callsOn(NativeHeap heap) {
        Map<String, ThrowingCallable> calls = new LinkedHashMap<>();
        LongLongMap longs = LongLongMap.make(heap);
        longs.putAll(new long[] {1, 2, 3}, new long[3]);
        addAll(calls, LongLongMap.class, () -> longs, 1L);
        addAll(calls, LongLongCursor.class, () -> atFirstEntry(longs), 1L);
        addView(calls, "LongLongMap", longs.asMap(), 1L);
        calls.put("LongLongMap.make", () -> LongLongMap.make(heap));
        calls.put("LongLongMap.at", () -> LongLongMap.at(heap, longs.pointer()));
        calls.put("LongLongMap.builder.make", LongLongMap.builder(heap).name("late")::make);

        IntIntMap ints = IntIntMap.make(heap);
        ints.putAll(new int[] {1, 2, 3}, new int[3]);
        addAll(calls, IntIntMap.class, () -> ints, 1);
        addAll(calls, IntIntCursor.class, () -> atFirstEntry(ints), 1);
        addView(calls, "IntIntMap", ints.asMap(), 1);
        calls.put("IntIntMap.make", () -> IntIntMap.make(heap));
        calls.put("IntIntMap.at", () -> IntIntMap.at(heap, ints.pointer()));
        calls.put("IntIntMap.builder.make", IntIntMap.builder(heap).name("late")::make);
        assertThat(calls.keySet())
                .contains(
                        "LongLongMap.get(long)", "IntIntMap.free()", "IntIntCursor.next()", "LongLongMap view.size()");
        return calls;
    }

    private static LongLongCursor atFirstEntry(LongLongMap map) {
        LongLongCursor cursor = map.cursor();
        cursor.next();
        return cursor;
    }

    private static IntIntCursor atFirstEntry(IntIntMap map) {
        IntIntCursor cursor = map.cursor();
        cursor.next();
        return cursor;
    }

    /** Adds the methods of a class of this package. Each method gets its own target. */
    private static void addAll(
            Map<String, ThrowingCallable> calls, Class<?> type, Supplier<Object> target, Object number) {
        for (Method method : type.getMethods()) {
            if (method.getDeclaringClass().getPackage().equals(type.getPackage())) {
                add(calls, type.getSimpleName(), method, target.get(), number);
            }
        }
    }

    private static void addView(Map<String, ThrowingCallable> calls, String name, Map<?, ?> view, Object number) {
        for (Method method : Map.class.getMethods()) {
            add(calls, name + " view", method, view, number);
        }
        calls.put(name + " keys", () -> view.keySet().iterator().next());
        calls.put(name + " values", () -> view.values().iterator().next());
        calls.put(name + " entries", () -> view.entrySet().iterator().next());
    }

    private static void add(
            Map<String, ThrowingCallable> calls, String owner, Method method, Object target, Object number) {
        boolean isHandlesHash = method.getName().equals("hashCode") && !(target instanceof Map);
        if (Modifier.isStatic(method.getModifiers()) || isHandlesHash || WITHOUT_MEMORY.contains(method.getName())) {
            return;
        }
        String parameters = Arrays.toString(method.getParameterTypes());
        String name = owner + "." + method.getName() + "(" + parameters.substring(1, parameters.length() - 1) + ")";
        Object[] arguments = Arrays.stream(method.getParameterTypes())
                .map(type -> argument(type, number))
                .toArray();
        calls.put(name, () -> method.invoke(target, arguments));
    }

    private static Object argument(Class<?> type, Object number) {
        if (type == long.class || type == int.class || type == Object.class) {
            return type == long.class ? (Object) 1L : number;
        }
        return Map.<Class<?>, Object>of(
                        long[].class, new long[] {1},
                        int[].class, new int[] {1},
                        LongLongConsumer.class, (LongLongConsumer) (key, value) -> {},
                        IntIntConsumer.class, (IntIntConsumer) (key, value) -> {},
                        BiConsumer.class, (BiConsumer<Object, Object>) (key, value) -> {},
                        BiFunction.class, (BiFunction<Object, Object, Object>) (key, value) -> value,
                        Function.class, (Function<Object, Object>) key -> key,
                        Map.class, Map.of(number, number))
                .get(type);
    }
}
