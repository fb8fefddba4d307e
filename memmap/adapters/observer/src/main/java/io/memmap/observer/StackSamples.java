package io.memmap.observer;

import io.memmap.observe.ContentionProfile;
import io.memmap.observe.HeapProfile;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A profile in the form that the page reads. Stacks are lists of indexes into one shared list of
 * frames.
 *
 * @param time when the profile was taken
 * @param rate the sampling rate of the profile; 0 if nothing was sampled
 * @param values the names of the values that each sample has
 * @param frames the frames, as {@code type.method:line}
 * @param samples the samples
 */
record StackSamples(Instant time, long rate, List<String> values, List<String> frames, List<Sample> samples) {
    /** A stack, the root first, with its labels and values. */
    record Sample(List<Integer> stack, Map<String, String> labels, List<Long> values) {}

    private static final class Frames {
        private final Map<StackTraceElement, Integer> numbers = new LinkedHashMap<>();

        List<Integer> numbers(List<StackTraceElement> stack) {
            List<Integer> found = new ArrayList<>(stack.size());
            stack.reversed().forEach(frame -> found.add(numbers.computeIfAbsent(frame, first -> numbers.size())));
            return found;
        }

        List<String> texts() {
            return numbers.keySet().stream().map(StackSamples::text).toList();
        }
    }

    static StackSamples of(HeapProfile profile) {
        Frames frames = new Frames();
        List<Sample> samples = profile.sites().stream()
                .map(site -> new Sample(
                        frames.numbers(site.stack()),
                        Map.of("heap", site.heap(), "map", site.map(), "thread", site.thread()),
                        List.of(
                                site.inUseBytes(),
                                site.inUseObjects(),
                                site.allocatedBytes(),
                                site.allocatedObjects())))
                .toList();
        return new StackSamples(
                profile.time(),
                profile.meanBytes(),
                List.of("in use, bytes", "in use, blocks", "total, bytes", "total, blocks"),
                frames.texts(),
                samples);
    }

    static StackSamples of(ContentionProfile profile) {
        Frames frames = new Frames();
        List<Sample> samples = profile.sites().stream()
                .map(site -> new Sample(
                        frames.numbers(site.stack()), Map.of(), List.of(site.delayNanos(), site.contentions())))
                .toList();
        return new StackSamples(
                profile.time(), profile.rateNanos(), List.of("delay", "contentions"), frames.texts(), samples);
    }

    /** Returns a frame as the page shows it. */
    static String text(StackTraceElement frame) {
        return frame.getClassName() + "." + frame.getMethodName()
                + (frame.getLineNumber() > 0 ? ":" + frame.getLineNumber() : "");
    }
}
