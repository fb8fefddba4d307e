package io.memmap;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/** The maps and heaps on which tests let operations fail: for lack of stack, of Java memory or of the heap's memory. */
final class FaultSubjects {
    static final int KEYS = 150;

    /** A map from long to long under test, or something that acts as one. */
    interface Subject {
        /** Runs an operation. */
        void run(int operation, long key, long value);

        /** Makes the same change to a model. */
        void runOnModel(int operation, long key, long value, Map<Long, Long> model);

        Map<Long, Long> content();

        /** Returns whether the subject may drop entries of its own accord. */
        default boolean evicts() {
            return false;
        }

        void check();

        /** The heap of the subject. */
        NativeHeap heap();
    }

    private FaultSubjects() {}

    /** Checks that an operation was done or was not, wholly; and leaves in the model what is in the subject. */
    static void compare(
            Subject subject,
            int operation,
            long key,
            long value,
            boolean done,
            Map<Long, Long> before,
            Map<Long, Long> model) {
        subject.check();
        subject.runOnModel(operation, key, value, model);
        Map<Long, Long> content = subject.content();
        if (subject.evicts()) {
            model.clear();
            model.putAll(content);
        } else if (done ? !content.equals(model) : !content.equals(before)) {
            throw new AssertionError("operation " + operation + " on " + key + (done ? " done" : " refused") + ":\n"
                    + content + "\nexpected\n" + (done ? model : before));
        } else if (!done) {
            model.clear();
            model.putAll(before);
        }
    }

    private static NativeHeap newHeap(boolean shared) {
        NativeHeap.Builder builder = NativeHeap.builder().maxBytes(64 << 20);
        return shared ? builder.shared().open() : builder.confined().open();
    }

    static Map<String, Supplier<Subject>> subjects() {
        Map<String, Supplier<Subject>> subjects = new LinkedHashMap<>();
        subjects.put("LongLongMap, confined", () -> new Longs(newHeap(false)));
        subjects.put("LongLongMap, shared", () -> new Longs(newHeap(true)));
        subjects.put("MemMap, confined", () -> new Texts(newHeap(false)));
        subjects.put("MemMap, shared", () -> new Texts(newHeap(true)));
        subjects.put("SyncLongLongMap", SyncLongs::new);
        subjects.put("SyncMap", () -> new SyncTexts(false));
        subjects.put("SyncMap, bounded", () -> new SyncTexts(true));
        subjects.put("NativeHeap, confined", () -> new Blocks(newHeap(false)));
        subjects.put("NativeHeap, shared", () -> new Blocks(newHeap(true)));
        return subjects;
    }

    /** What operations a number stands for, and what they do to a model. */
    private abstract static class Base implements Subject {
        final NativeHeap heap;

        Base(NativeHeap heap) {
            this.heap = heap;
        }

        @Override
        public NativeHeap heap() {
            return heap;
        }

        abstract void put(long key, long value);

        abstract void add(long key, long value);

        abstract void remove(long key);

        abstract void clear();

        /** Changes the value of an entry in a way of the subject's own. */
        abstract void overwriteIfPresent(long key, long value);

        void reserve() {}

        void shrink() {}

        @Override
        public void run(int operation, long key, long value) {
            if (operation < 45) {
                put(key, value);
            } else if (operation < 55) {
                add(key, value);
            } else if (operation < 85) {
                remove(key);
            } else if (operation < 95) {
                overwriteIfPresent(key, value);
            } else if (operation < 97) {
                clear();
            } else if (operation < 98) {
                reserve();
            } else {
                shrink();
            }
        }

        @Override
        public void runOnModel(int operation, long key, long value, Map<Long, Long> model) {
            if (operation < 45) {
                model.put(key, value);
            } else if (operation < 55) {
                model.merge(key, value, Long::sum);
            } else if (operation < 85) {
                model.remove(key);
            } else if (operation < 95) {
                model.computeIfPresent(key, (same, old) -> value);
            } else if (operation < 97) {
                model.clear();
            }
        }
    }

    private static final class Longs extends Base {
        private final LongLongMap map;

        Longs(NativeHeap heap) {
            super(heap);
            map = LongLongMap.builder(heap).autoShrink(true).make();
        }

        @Override
        void put(long key, long value) {
            map.put(key, value);
        }

        @Override
        void add(long key, long value) {
            map.add(key, value);
        }

        @Override
        void remove(long key) {
            map.remove(key);
        }

        @Override
        void clear() {
            map.clear();
        }

        @Override
        void overwriteIfPresent(long key, long value) {
            for (LongLongCursor cursor = map.cursor(); cursor.next(); ) {
                if (cursor.key() == key) {
                    cursor.setValue(value);
                }
            }
        }

        @Override
        void reserve() {
            map.reserve(300);
        }

        @Override
        void shrink() {
            map.shrink();
        }

        @Override
        public Map<Long, Long> content() {
            Map<Long, Long> content = new HashMap<>();
            map.forEach(content::put);
            return content;
        }

        @Override
        public void check() {
            map.check();
            heap.check();
        }
    }

    private static String text(long number) {
        return number % 3 == 0 ? "a text of some length, which is the number " + number : "" + number;
    }

    private static long number(String text) {
        return Long.parseLong(text.substring(text.lastIndexOf(' ') + 1));
    }

    private static final class Texts extends Base {
        private final MemMap<String, String> map;

        Texts(NativeHeap heap) {
            super(heap);
            map = MemMap.builder(heap, Type.UTF8, Type.UTF8).autoShrink(true).make();
        }

        @Override
        void put(long key, long value) {
            map.put(text(key), text(value));
        }

        @Override
        void add(long key, long value) {
            map.merge(text(key), text(value), (old, given) -> text(number(old) + number(given)));
        }

        @Override
        void remove(long key) {
            map.remove(text(key));
        }

        @Override
        void clear() {
            map.clear();
        }

        @Override
        void overwriteIfPresent(long key, long value) {
            for (MemMapCursor<String, String> cursor = map.cursor(); cursor.next(); ) {
                if (cursor.key().equals(text(key))) {
                    cursor.setValue(text(value));
                }
            }
        }

        @Override
        void reserve() {
            map.reserve(300);
        }

        @Override
        void shrink() {
            map.shrink();
        }

        @Override
        public Map<Long, Long> content() {
            Map<Long, Long> content = new HashMap<>();
            map.forEach((key, value) -> content.put(number(key), number(value)));
            return content;
        }

        @Override
        public void check() {
            map.check();
            heap.check();
        }
    }

    private static final class SyncLongs extends Base {
        private final SyncLongLongMap map;

        SyncLongs() {
            super(newHeap(true));
            map = SyncLongLongMap.make(heap);
        }

        @Override
        void put(long key, long value) {
            map.put(key, value);
        }

        @Override
        void add(long key, long value) {
            if (value % 2 == 0) {
                map.add(key, value);
            } else {
                map.merge(key, value, Long::sum);
            }
        }

        @Override
        void remove(long key) {
            map.remove(key);
        }

        @Override
        void clear() {
            map.clear();
        }

        @Override
        void overwriteIfPresent(long key, long value) {
            if (map.containsKey(key)) {
                map.replace(key, map.get(key), value);
            }
        }

        @Override
        public Map<Long, Long> content() {
            Map<Long, Long> content = new HashMap<>();
            map.forEach(content::put);
            return content;
        }

        @Override
        public void check() {
            map.check();
            heap.check();
            for (long key = -20; key < 0; key++) { // most shards
                map.putIfAbsent(key, 0);
                map.remove(key);
            }
        }
    }

    private static final class SyncTexts extends Base {
        private final SyncMap<String, String> map;
        private final boolean bounded;
        private long told;

        SyncTexts(boolean bounded) {
            super(newHeap(true));
            this.bounded = bounded;
            map = bounded
                    ? SyncMap.builder(heap, Type.UTF8, Type.UTF8)
                            .maxEntries(KEYS / 2)
                            .maxBytes(64 << 10)
                            .expireAfterAccess(Duration.ofMillis(5))
                            .onEviction((key, value, cause) -> told++)
                            .make()
                    : SyncMap.make(heap, Type.UTF8, Type.UTF8);
        }

        @Override
        void put(long key, long value) {
            if (value % 4 == 0) {
                map.compute(text(key), (same, old) -> text(value));
            } else {
                map.put(text(key), text(value));
            }
        }

        @Override
        void add(long key, long value) {
            map.merge(text(key), text(value), (old, given) -> text(number(old) + number(given)));
        }

        @Override
        void remove(long key) {
            map.remove(text(key));
        }

        @Override
        void clear() {
            map.clear();
        }

        @Override
        void overwriteIfPresent(long key, long value) {
            if (value % 2 == 0) {
                map.replace(text(key), text(value));
            } else {
                map.computeIfPresent(text(key), (same, old) -> text(value));
            }
        }

        @Override
        void reserve() {
            map.read(text(1), bytes -> bytes.byteSize());
        }

        @Override
        void shrink() {
            map.purgeExpired();
        }

        @Override
        public boolean evicts() {
            return bounded;
        }

        @Override
        public Map<Long, Long> content() {
            Map<Long, Long> content = new HashMap<>();
            map.forEach((key, value) -> content.put(number(key), number(value)));
            return content;
        }

        @Override
        public void check() {
            map.check();
            heap.check();
            if (!bounded) {
                for (int key = 0; key < 20; key++) { // most shards
                    map.putIfAbsent("other " + key, text(key));
                    map.remove("other " + key);
                }
            }
        }
    }

    /** Blocks of a heap, by key. The stores behind the heap's methods need no stack. */
    private static final class Blocks extends Base {
        private final long[] pointers = new long[KEYS];

        Blocks(NativeHeap heap) {
            super(heap);
        }

        @Override
        void put(long key, long value) {
            remove(key);
            pointers[(int) key] = heap.allocate(value % 5 == 0 ? 500 * value : 8 * value);
        }

        @Override
        void add(long key, long value) {
            put(key, value);
        }

        @Override
        void remove(long key) {
            if (pointers[(int) key] != 0) {
                heap.free(pointers[(int) key]);
                pointers[(int) key] = 0;
            }
        }

        @Override
        void clear() {}

        @Override
        void overwriteIfPresent(long key, long value) {}

        @Override
        public void runOnModel(int operation, long key, long value, Map<Long, Long> model) {}

        @Override
        public Map<Long, Long> content() {
            long blocks = heap.stats().blocks();
            long known = LongStream.of(pointers).filter(pointer -> pointer != 0).count();
            if (blocks != known) {
                throw new AssertionError(blocks + " blocks in use, " + known + " known");
            }
            return Map.of();
        }

        @Override
        public boolean evicts() {
            return true;
        }

        @Override
        public void check() {
            heap.check();
        }
    }
}
