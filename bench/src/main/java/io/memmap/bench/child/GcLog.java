package io.memmap.bench.child;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The garbage collections in the log of a JVM ({@code -Xlog:gc,gc+phases}), without those that the
 * program itself requested. A pause is what the log calls a pause: the concurrent part of a cycle
 * is not one.
 *
 * @param cycles the collections, each with its number in the log
 * @param pauses the number of times that all threads stopped
 * @param peakUsedBytes the most bytes that were in use before or after a collection
 * @param peakAfterBytes the most bytes that were in use after a collection
 */
public record GcLog(
        long cycles, long pauses, long pauseTotalNanos, long pauseMaxNanos, long peakUsedBytes, long peakAfterBytes) {
    /** Returns the option that makes a JVM write its log to this file. */
    public static String option(String file) {
        return "-Xlog:gc,gc+phases:file=\"" + file + "\":uptime:filecount=0";
    }

    private static final Pattern NUMBER = Pattern.compile("\\bGC\\((\\d+)\\) ");
    private static final Pattern PAUSE = Pattern.compile("\\bGC\\(\\d+\\) (?:[A-Za-z]: )?Pause .*?([\\d.]+)ms$");
    /** Matches the stall of one thread that waits for memory or for the move of an object. */
    private static final Pattern STALL = Pattern.compile("(?:Allocation|Relocation) Stall \\((.*)\\) ([\\d.]+)ms$");

    private static final Pattern UPTIME = Pattern.compile("^\\[([\\d.]+)s\\]");
    private static final Pattern USED =
            Pattern.compile("\\b(\\d+)([KMG])(?:\\(\\d+%\\))?->(\\d+)([KMG])(?:\\(\\d+%?[KMG]?\\))?");
    private static final String ASKED_FOR = "(System.gc())";

    /**
     * A time in which threads stopped: all threads, or one thread in a stall.
     *
     * @param endSeconds the end, in seconds since the start of the JVM
     */
    public record Pause(double endSeconds, long nanos) {}

    /** Returns all pauses, without those that the program itself requested. */
    public static List<Pause> pauses(List<String> lines) {
        Set<String> askedFor = askedFor(lines);
        List<Pause> pauses = new ArrayList<>();
        for (String line : lines) {
            Matcher pause = PAUSE.matcher(line);
            Matcher uptime = UPTIME.matcher(line);
            if (pause.find() && uptime.find() && !askedFor.contains(number(line))) {
                pauses.add(new Pause(Double.parseDouble(uptime.group(1)), nanos(pause.group(1))));
            }
        }
        return pauses;
    }

    /** Returns all stalls of one thread. Only ZGC has stalls. */
    static List<Pause> stalls(List<String> lines, String thread) {
        List<Pause> stalls = new ArrayList<>();
        for (String line : lines) {
            Matcher stall = STALL.matcher(line);
            Matcher uptime = UPTIME.matcher(line);
            if (stall.find() && stall.group(1).equals(thread) && uptime.find()) {
                stalls.add(new Pause(Double.parseDouble(uptime.group(1)), nanos(stall.group(2))));
            }
        }
        return stalls;
    }

    private static Set<String> askedFor(List<String> lines) {
        Set<String> askedFor = new HashSet<>();
        for (String line : lines) {
            if (line.contains(ASKED_FOR)) {
                askedFor.add(number(line));
            }
        }
        return askedFor;
    }

    private static long nanos(String millis) {
        return Math.round(Double.parseDouble(millis) * 1e6);
    }

    static GcLog parse(List<String> lines) {
        Set<String> askedFor = askedFor(lines);
        Set<String> cycles = new HashSet<>();
        long pauses = 0;
        long pauseTotalNanos = 0;
        long pauseMaxNanos = 0;
        long peakUsedBytes = 0;
        long peakAfterBytes = 0;
        for (String line : lines) {
            String number = number(line);
            if (number.isEmpty() || askedFor.contains(number)) {
                continue;
            }
            Matcher pause = PAUSE.matcher(line);
            if (pause.find()) {
                long nanos = nanos(pause.group(1));
                cycles.add(number);
                pauses++;
                pauseTotalNanos += nanos;
                pauseMaxNanos = Math.max(pauseMaxNanos, nanos);
            }
            Matcher used = USED.matcher(line);
            if (used.find()) {
                long before = bytes(used.group(1), used.group(2));
                long after = bytes(used.group(3), used.group(4));
                cycles.add(number);
                peakUsedBytes = Math.max(peakUsedBytes, Math.max(before, after));
                peakAfterBytes = Math.max(peakAfterBytes, after);
            }
        }
        return new GcLog(cycles.size(), pauses, pauseTotalNanos, pauseMaxNanos, peakUsedBytes, peakAfterBytes);
    }

    private static String number(String line) {
        Matcher matcher = NUMBER.matcher(line);
        return matcher.find() ? matcher.group(1) : "";
    }

    private static long bytes(String number, String unit) {
        return Long.parseLong(number) << (10 * ("KMG".indexOf(unit) + 1));
    }
}
