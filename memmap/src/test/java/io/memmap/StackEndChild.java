package io.memmap;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * The program of {@link StackEndTest}: runs operations at each distance from the end of a thread's stack. After each of them
 * the map must be as it was before the operation or as it is after it, and the invariants must hold.
 */
final class StackEndChild {
    private static final int STACK_BYTES = 256 << 10;
    static final int KEYS = 150;
    /** Operations that have all of the stack, before the sweeps. */
    private static final int WARM_UP = 500;
    /** So many operations in a row must succeed before a sweep is far enough from the end. */
    private static final int SUCCESSES = 20;
    /** No operation takes as long, so a lock is held that nobody will release. */
    private static final long WATCHDOG_MILLIS = 60_000;

    private static final AtomicLong ATTEMPTS = new AtomicLong();

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
    }

    private StackEndChild() {}

    /**
     * Runs the sweeps.
     *
     * @param args how many sweeps each subject gets; a part of the names of the subjects to run, which may be empty; and a third
     *     argument of any text for virtual threads
     */
    public static void main(String[] args) throws InterruptedException {
        int rounds = Integer.parseInt(args[0]);
        Thread.ofPlatform().daemon().start(StackEndChild::watch);
        for (var entry : subjects().entrySet()) {
            if (args.length > 1 && !entry.getKey().contains(args[1])) {
                continue;
            }
            Throwable[] thrown = new Throwable[1];
            Runnable sweep = () -> sweep(entry.getValue(), rounds);
            Thread thread = args.length > 2
                    ? Thread.ofVirtual().unstarted(sweep)
                    : new Thread(null, sweep, entry.getKey(), STACK_BYTES);
            thread.setUncaughtExceptionHandler((ended, throwable) -> thrown[0] = throwable);
            thread.start();
            thread.join();
            if (thrown[0] != null) {
                System.out.println(entry.getKey() + " is broken: " + thrown[0]);
                thrown[0].printStackTrace(System.out);
                System.exit(1);
            }
        }
        System.out.println("attempts: " + ATTEMPTS);
    }

    private static void watch() {
        long seen = -1;
        while (ATTEMPTS.get() != seen) {
            seen = ATTEMPTS.get();
            try {
                Thread.sleep(WATCHDOG_MILLIS);
            } catch (InterruptedException e) {
                return;
            }
        }
        System.out.println("an operation does not end: a lock is held, or a chain is a cycle");
        Thread.getAllStackTraces().forEach((thread, stack) -> {
            System.out.println(thread.getName());
            for (StackTraceElement element : stack) {
                System.out.println("  " + element);
            }
        });
        Runtime.getRuntime().halt(1);
    }

    private static void sweep(Supplier<Subject> maker, int rounds) {
        Subject subject = maker.get();
        Random random = new Random(rounds);
        Map<Long, Long> model = new HashMap<>();
        for (int i = 0; i < WARM_UP; i++) { // loads classes, fills the map, and lets it grow and shrink
            attempt(subject, 0, random, model);
        }
        int refused = 0;
        for (int round = 0; round < rounds; round++) {
            int deepest = deepest();
            int successes = 0;
            for (int depth = deepest + 2; successes < SUCCESSES && depth > 0; depth--) {
                boolean done = attempt(subject, depth, random, model);
                successes = done ? successes + 1 : 0;
                refused += done ? 0 : 1;
            }
        }
        if (refused == 0) {
            throw new AssertionError("no operation met the end of the stack");
        }
    }

    /** Runs an operation at this depth; returns whether it had the stack for it. */
    private static boolean attempt(Subject subject, int depth, Random random, Map<Long, Long> model) {
        ATTEMPTS.incrementAndGet();
        int operation = random.nextInt(100);
        long key = random.nextInt(KEYS);
        long value = random.nextInt(1, 1000);
        Map<Long, Long> before = new HashMap<>(model);
        boolean done = false;
        try {
            descend(depth, () -> subject.run(operation, key, value));
            done = true;
        } catch (StackOverflowError expected) {
            // the operation was refused
        }
        compare(subject, operation, key, value, done, before, model);
        return done;
    }

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

    private static NativeHeap heap(boolean shared) {
        NativeHeap.Builder builder = NativeHeap.builder().maxBytes(64 << 20);
        return shared ? builder.shared().open() : builder.confined().open();
    }

    private static int descend(int depth, Runnable operation) {
        if (depth <= 0) {
            operation.run();
            return 0;
        }
        return descend(depth - 1, operation) + 1;
    }

    private static int deepest() {
        int most = 1;
        while (fits(most)) {
            most *= 2;
        }
        int least = most / 2;
        while (least + 1 < most) {
            int middle = (least + most) >>> 1;
            if (fits(middle)) {
                least = middle;
            } else {
                most = middle;
            }
        }
        return least;
    }

    private static boolean fits(int depth) {
        try {
            descend(depth, () -> {});
            return true;
        } catch (StackOverflowError end) {
            return false;
        }
    }

    static Map<String, Supplier<Subject>> subjects() {
        Map<String, Supplier<Subject>> subjects = new LinkedHashMap<>();
        subjects.put("LongLongMap, confined", () -> new Longs(heap(false)));
        subjects.put("LongLongMap, shared", () -> new Longs(heap(true)));
        subjects.put("MemMap, confined", () -> new Texts(heap(false)));
        subjects.put("MemMap, shared", () -> new Texts(heap(true)));
        subjects.put("SyncLongLongMap", SyncLongs::new);
        subjects.put("SyncMap", () -> new SyncTexts(false));
        subjects.put("SyncMap, bounded", () -> new SyncTexts(true));
        subjects.put("NativeHeap, confined", () -> new Blocks(heap(false)));
        subjects.put("NativeHeap, shared", () -> new Blocks(heap(true)));
        return subjects;
    }

    /** What operations a number stands for, and what they do to a model. */
    private abstract static class Base implements Subject {
        final NativeHeap heap;

        Base(NativeHeap heap) {
            this.heap = heap;
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
            super(heap(true));
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
            super(heap(true));
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
