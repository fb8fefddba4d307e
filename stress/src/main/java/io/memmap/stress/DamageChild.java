package io.memmap.stress;

import io.memmap.HeapFileException;
import io.memmap.NativeHeap;
import io.memmap.format.HeapLayout;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Opens damaged copies of a heap file. It prints a line with the outcome of each, and ends with an
 * error if one does not end in time.
 */
final class DamageChild {
    static final String BEGIN = "@begin ";
    static final String OUTCOME = "@outcome ";
    static final String WRONG = "@wrong ";

    /** The CPU time of a thread that is in an endless loop. An opening and all reads take about 20 ms. */
    private static final long STUCK_SECONDS = 20;
    /** The time of a thread that waits for ever. A loaded machine may let one wait for long. */
    private static final long STUCK_MINUTES = 10;

    private static final int PAGE = (int) HeapLayout.PAGE_BYTES;
    private static final int WRITES_AFTER = 300;
    /** All entries are read by a walk, too. */
    private static final int KEYS_BETWEEN_GETS = 7;

    /** The parts of a file that are damaged, each with its share. */
    private enum Part {
        HEADER,
        PAGE_TABLE,
        MAPS,
        LENGTH
    }

    private final long length;
    /** The pages that are not zero, by their offsets. */
    private final NavigableMap<Long, byte[]> pages = new TreeMap<>();
    /** The same, with adjacent pages in one buffer. */
    private final Map<Long, ByteBuffer> runs = new HashMap<>();

    private final List<Long> tablePages = new ArrayList<>();
    private final List<Long> mapPages = new ArrayList<>();
    private final List<Map<Long, Long>> before;
    private final List<Map<Long, Long>> after;
    private final boolean closed;
    private final Path work;
    private final long seed;

    private DamageChild(Path original, Path work, boolean closed, long seed, long completed) throws IOException {
        this.work = work;
        this.closed = closed;
        this.seed = seed;
        before = models(seed, completed);
        after = closed ? before : models(seed, completed + 1);
        try (FileChannel file = FileChannel.open(original)) {
            length = file.size();
            ByteBuffer page = ByteBuffer.allocate(PAGE).order(ByteOrder.LITTLE_ENDIAN);
            byte[] zero = new byte[PAGE];
            for (long at = 0; at < length; at += PAGE) {
                page.clear();
                int read = file.read(page, at);
                if (read == PAGE && !Arrays.equals(page.array(), zero)) {
                    pages.put(at, page.array().clone());
                }
            }
        }
        byte[] header = Objects.requireNonNull(pages.get(0L), "header");
        ByteBuffer words = ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN);
        long first = words.getLong((int) HeapLayout.TABLE_OFFSET_OFFSET)
                + words.getInt((int) HeapLayout.END_PAGE_OFFSET) * HeapLayout.ENTRY_BYTES;
        pages.keySet().stream()
                .filter(at -> at >= HeapLayout.HEADER.byteSize())
                .forEach(at -> (at < first ? tablePages : mapPages).add(at));
        joinPages();
    }

    private void joinPages() {
        for (long start = 0, end; pages.ceilingKey(start) != null; start = end) {
            start = pages.ceilingKey(start);
            end = start;
            while (pages.containsKey(end)) {
                end += PAGE;
            }
            ByteBuffer run = ByteBuffer.allocateDirect((int) (end - start));
            pages.subMap(start, end).values().forEach(run::put);
            runs.put(start, run.flip());
        }
    }

    private static List<Map<Long, Long>> models(long seed, long completed) {
        List<Map<Long, Long>> models = new ArrayList<>();
        for (int map = 0; map < CrashMaps.COUNT; map++) {
            models.add(new HashMap<>());
        }
        for (long number = 1; number <= completed; number++) {
            CrashStep step = CrashStep.of(seed, number);
            step.apply(models.get(step.map()), number);
        }
        return models;
    }

    /**
     * Opens copies. The arguments are the file, the file for the copies, whether the file was closed,
     * the seed, the number of completed operations, and the numbers of the first copy and of the one
     * after the last.
     */
    public static void main(String[] args) throws IOException {
        AtomicInteger copy = new AtomicInteger(Integer.parseInt(args[5]));
        Thread reader = Thread.currentThread();
        Thread.ofPlatform().daemon().start(() -> watch(copy, reader));
        DamageChild child = new DamageChild(
                Path.of(args[0]),
                Path.of(args[1]),
                Boolean.parseBoolean(args[2]),
                Long.parseLong(args[3]),
                Long.parseLong(args[4]));
        int end = Integer.parseInt(args[6]);
        for (; copy.get() < end; copy.incrementAndGet()) {
            System.out.println(BEGIN + copy.get());
            child.tryCopy(copy.get());
        }
    }

    private static void watch(AtomicInteger copy, Thread reader) {
        int seen = -1;
        long start = 0;
        long startNanos = 0;
        while (seen != copy.get()
                || (cpuSeconds(reader) - start < STUCK_SECONDS
                        && System.nanoTime() - startNanos < TimeUnit.MINUTES.toNanos(STUCK_MINUTES))) {
            if (seen != copy.get()) {
                seen = copy.get();
                start = cpuSeconds(reader);
                startNanos = System.nanoTime();
            }
            try {
                TimeUnit.SECONDS.sleep(1);
            } catch (InterruptedException e) {
                return;
            }
        }
        System.out.println("copy " + copy + " has not ended within " + STUCK_SECONDS + " s of CPU time or "
                + STUCK_MINUTES + " minutes");
        // The stack needs the other thread to stop, which a loop may never do.
        Thread.ofPlatform()
                .daemon()
                .start(() ->
                        Arrays.stream(reader.getStackTrace()).forEach(frame -> System.out.println("    at " + frame)));
        try {
            TimeUnit.SECONDS.sleep(1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        Runtime.getRuntime().halt(3);
    }

    private static long cpuSeconds(Thread thread) {
        return TimeUnit.NANOSECONDS.toSeconds(
                ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.threadId()));
    }

    private void tryCopy(int copy) throws IOException {
        SplittableRandom random = new SplittableRandom(CrashStep.mix(seed ^ copy));
        Part part = random.nextInt(10) == 0 ? Part.LENGTH : Part.values()[random.nextInt(3)];
        String damage = damage(part, random);
        String outcome;
        try {
            outcome = use();
        } catch (Error e) { // no memory, too: the length of nothing in a heap is more than the heap has
            wrong(copy, damage, "threw " + e);
            e.printStackTrace(System.out);
            return;
        }
        if (outcome.startsWith(WRONG)) {
            wrong(copy, damage, outcome.substring(WRONG.length()));
        } else {
            System.out.println(OUTCOME + outcome);
        }
    }

    private void wrong(int copy, String damage, String complaint) {
        System.out.println(WRONG + "copy " + copy + " of " + (closed ? "a closed" : "an unclosed") + " file, " + damage
                + ": " + complaint);
    }

    /** Writes a damaged copy, and returns what was damaged. */
    private String damage(Part part, SplittableRandom random) throws IOException {
        try (FileChannel file = FileChannel.open(work, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            file.truncate(0);
            file.write(ByteBuffer.allocate(1), length - 1);
            for (Map.Entry<Long, ByteBuffer> run : runs.entrySet()) {
                file.write(run.getValue().duplicate(), run.getKey());
            }
            if (part == Part.LENGTH) {
                long cut = random.nextInt(3) == 0 ? random.nextLong(3L * PAGE) : random.nextLong(length);
                if (random.nextInt(8) == 0) {
                    file.write(ByteBuffer.allocate(1), length + cut % PAGE);
                    return "a longer file";
                }
                file.truncate(cut);
                return "cut to " + cut + " bytes";
            }
            List<Long> where = switch (part) {
                case HEADER, LENGTH -> List.of(0L);
                case PAGE_TABLE -> tablePages;
                case MAPS -> mapPages;
            };
            int times = random.nextInt(2) == 0 ? 1 : 1 + random.nextInt(6);
            StringBuilder text = new StringBuilder();
            Map<Long, byte[]> changed = new HashMap<>();
            for (int i = 0; i < times; i++) {
                long at = where.get(random.nextInt(where.size()));
                byte[] page = changed.computeIfAbsent(
                        at, it -> Objects.requireNonNull(pages.get(it)).clone());
                text.append(text.isEmpty() ? "" : " and ").append(change(page, random, at));
            }
            for (Map.Entry<Long, byte[]> page : changed.entrySet()) {
                file.write(ByteBuffer.wrap(page.getValue()), page.getKey());
            }
            return text.toString();
        }
    }

    /** Changes some bytes, mostly those that are in use. */
    private String change(byte[] page, SplittableRandom random, long address) {
        int at = random.nextInt(PAGE);
        for (int i = 0; i < 16 && page[at] == 0; i++) {
            at = random.nextInt(PAGE);
        }
        int word = at & -8;
        return switch (random.nextInt(8)) {
            case 0 -> {
                ByteBuffer.wrap(page).putLong(word, random.nextLong());
                yield "garbage in the word at " + (address + word);
            }
            case 1 -> {
                // A number that could be a pointer into the heap.
                ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN).putLong(word, random.nextLong(length) & -16);
                yield "a number in the word at " + (address + word);
            }
            case 2 -> {
                int end = Math.min(PAGE, at + 1 + random.nextInt(512));
                byte[] garbage = new byte[end - at];
                random.nextBytes(garbage);
                System.arraycopy(garbage, 0, page, at, garbage.length);
                yield "garbage in " + garbage.length + " bytes at " + (address + at);
            }
            case 3 -> {
                int end = Math.min(PAGE, at + 1 + random.nextInt(512));
                Arrays.fill(page, at, end, (byte) 0);
                yield "zeros in " + (end - at) + " bytes at " + (address + at);
            }
            default -> {
                int bit = random.nextInt(8);
                page[at] ^= (byte) (1 << bit);
                yield "bit " + bit + " of the byte at " + (address + at);
            }
        };
    }

    /** Opens the copy and does everything with its maps. Returns what came out. */
    private String use() {
        NativeHeap heap;
        try {
            heap = CrashMaps.open(work, seed);
        } catch (HeapFileException refused) {
            return "refused: " + refused.reason();
        } catch (RuntimeException refused) {
            return "refused by " + refused.getClass().getSimpleName();
        }
        try (heap) {
            return use(heap);
        } catch (RuntimeException close) {
            return "threw at close: " + close.getClass().getSimpleName();
        }
    }

    private String use(NativeHeap heap) {
        boolean renamed;
        CrashMaps maps;
        try {
            renamed = !heap.maps()
                    .keySet()
                    .equals(closed ? CrashMaps.names() : heap.maps().keySet());
            maps = new CrashMaps(heap, seed);
            for (int map = 0; map < CrashMaps.COUNT; map++) {
                for (long key = 0; key < CrashStep.KEYS; key += KEYS_BETWEEN_GETS) {
                    maps.get(map, key);
                }
                maps.content(map);
            }
        } catch (RuntimeException read) {
            return "a read threw " + read.getClass().getSimpleName();
        }
        try {
            maps.check();
        } catch (RuntimeException found) {
            return "check() has found it";
        }
        String outcome = renamed ? "a name of the directory is changed" : compare(maps);
        if (!outcome.startsWith(WRONG)) {
            try {
                for (int i = 1; i <= WRITES_AFTER; i++) {
                    maps.apply(seed, i);
                }
                maps.check();
            } catch (RuntimeException write) {
                return outcome + "; a write threw " + write.getClass().getSimpleName();
            }
        }
        return outcome;
    }

    /**
     * Returns whether the maps differ by one key. A number as a key is in its slot without its hash. So
     * another number may by chance belong into the same slot.
     */
    private static boolean isOtherKey(Map<Long, Long> content, Map<Long, Long> expected) {
        Set<Long> others = new HashSet<>(content.keySet());
        others.removeAll(expected.keySet());
        return content.size() == expected.size() && others.size() == 1;
    }

    /** Compares the maps, which all checks have found sound, with what was written. */
    private String compare(CrashMaps maps) {
        String outcome = "right answers";
        for (int map = 0; map < CrashMaps.COUNT; map++) {
            Map<Long, Long> content = maps.content(map);
            Map<Long, Long> expected = maps.expected(map, before.get(map), content);
            if (content.equals(expected) || content.equals(maps.expected(map, after.get(map), content))) {
                continue;
            }
            if (content.keySet().equals(expected.keySet())) {
                outcome = "a changed value, which no check can see";
            } else if (closed && CrashMaps.hasNumbersAsKeys(map) && isOtherKey(content, expected)) {
                outcome = "a changed key, which no check can see";
            } else if (closed) {
                return WRONG + "map " + CrashMaps.name(map) + " has other keys, and check() has not found it";
            } else {
                return "repaired to other entries";
            }
        }
        return outcome;
    }
}
