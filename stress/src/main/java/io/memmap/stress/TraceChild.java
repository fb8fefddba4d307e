package io.memmap.stress;

import io.memmap.LongLongMap;
import io.memmap.NativeHeap;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingStream;

/**
 * The JVM that runs one map. It fills the map over and over, and prints the map's growths and the
 * collector's pauses, which it gets from JDK Flight Recorder. Each put creates the same garbage in
 * both runs, as in a program that decodes messages.
 */
final class TraceChild {
    static final String MEMMAP = "LongLongMap";
    static final String HASH_MAP = "HashMap";

    private static final int GARBAGE_BYTES = 64;
    private static final int KEPT = 1 << 10;
    /** Holds the latest garbage, so that the compiler does not remove its allocation. */
    private static final byte[][] RING = new byte[KEPT][];

    /** An event: a put into a HashMap that doubles its table. */
    @Name("io.memmap.stress.HashMapGrowth")
    @Label("HashMap Growth")
    @StackTrace(false)
    static final class HashMapGrowth extends Event {
        @Label("Buckets Before")
        long fromBuckets;
    }

    private final List<String> lines = Collections.synchronizedList(new ArrayList<>());
    private final Map<String, Instant> begun = new HashMap<>();
    private final long entries;
    private final long millis;
    /** When the run begins. It begins when the recorder is ready, which takes about a second. */
    private Instant start = Instant.now();

    private long end;
    private long puts;

    private TraceChild(long entries, long millis) {
        this.entries = entries;
        this.millis = millis;
    }

    /**
     * Runs one map. The arguments are the map's name, the entries of a fill and the milliseconds of
     * the run.
     */
    public static void main(String[] args) throws InterruptedException {
        new TraceChild(Long.parseLong(args[1]), Long.parseLong(args[2])).run(args[0].equals(MEMMAP));
    }

    private void run(boolean memmap) throws InterruptedException {
        try (RecordingStream stream = new RecordingStream()) {
            for (String name : List.of("io.memmap.MapGrowthBegun", "io.memmap.MapGrowthEnded", "jdk.GCPhasePause")) {
                stream.enable(name).withoutStackTrace().withoutThreshold();
            }
            stream.enable(HashMapGrowth.class);
            stream.onEvent("io.memmap.MapGrowthBegun", event -> begun.put(mapOf(event), event.getStartTime()));
            stream.onEvent("io.memmap.MapGrowthEnded", event -> {
                Instant from = begun.remove(mapOf(event));
                if (from != null) {
                    lines.add(growth(
                            new TimeLine.Span(sinceStart(from), sinceStart(event.getEndTime())),
                            event.getLong("fromBuckets"),
                            event.getLong("toBuckets"),
                            event.getLong("writes"),
                            event.getDuration("inside").toNanos(),
                            event.getDuration("longestStep").toNanos()));
                }
            });
            stream.onEvent(HashMapGrowth.class.getAnnotation(Name.class).value(), event -> {
                TimeLine.Span span = span(event);
                long from = event.getLong("fromBuckets");
                lines.add(growth(span, from, 2 * from, 1, span.length(), span.length()));
            });
            stream.onEvent("jdk.GCPhasePause", event -> {
                TimeLine.Span span = span(event);
                lines.add("pause\t" + span.start() + "\t" + span.end());
            });
            stream.startAsync();
            start = Instant.now();
            end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            while (System.nanoTime() - end < 0) {
                if (memmap) {
                    fillMemmap();
                } else {
                    fillHashMap();
                }
            }
            lines.add("run\t" + sinceStart(Instant.now()) + "\t" + puts);
            stream.stop(); // returns when all earlier events are handled
        }
        lines.forEach(System.out::println);
    }

    private static String mapOf(RecordedEvent event) {
        return event.getLong("heap") + " " + event.getLong("pointer");
    }

    private static String growth(TimeLine.Span span, long from, long to, long writes, long inside, long longest) {
        return "growth\t" + span.start() + "\t" + span.end() + "\t" + from + "\t" + to + "\t" + writes + "\t" + inside
                + "\t" + longest;
    }

    private TimeLine.Span span(RecordedEvent event) {
        return new TimeLine.Span(sinceStart(event.getStartTime()), sinceStart(event.getEndTime()));
    }

    private long sinceStart(Instant moment) {
        return Duration.between(start, moment).toNanos();
    }

    private void fillMemmap() {
        try (NativeHeap heap = NativeHeap.ofConfined()) {
            LongLongMap map = LongLongMap.make(heap);
            for (long key = 0; key < entries && goesOn(); key++) {
                map.put(decoded(key), key);
            }
        }
    }

    private void fillHashMap() {
        Map<Long, Long> map = new HashMap<>();
        long buckets = 16; // as documented: doubles above three quarters full
        for (long key = 0; key < entries && goesOn(); key++) {
            if (map.size() == buckets / 4 * 3) {
                HashMapGrowth event = new HashMapGrowth();
                event.begin();
                map.put(decoded(key), key);
                event.fromBuckets = buckets;
                event.commit();
                buckets *= 2;
            } else {
                map.put(decoded(key), key);
            }
        }
    }

    private boolean goesOn() {
        return (++puts & 0xFFF) != 0 || System.nanoTime() - end < 0;
    }

    private static long decoded(long key) {
        byte[] message = new byte[GARBAGE_BYTES];
        message[(int) key & GARBAGE_BYTES - 1] = (byte) key;
        RING[(int) key & KEPT - 1] = message;
        return key * 0x9E37_79B9_7F4A_7C15L;
    }
}
