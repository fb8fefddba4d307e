package io.memmap.stress;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The growths of maps and the pauses of the garbage collector in one run. Times are in nanoseconds
 * from the beginning of the run.
 *
 * @param nanos the length of the run
 * @param growths the growths in any order; they may overlap
 * @param pauses the pauses in any order; they do not overlap
 */
record TimeLine(long nanos, List<Growth> growths, List<Span> pauses) {
    /** A span of time, from its start up to, but not including, its end. */
    record Span(long start, long end) {
        long length() {
            return end - start;
        }

        boolean contains(long moment) {
            return start <= moment && moment < end;
        }
    }

    /**
     * A growth of a map. It lasts from the call that began it to the end of the call that completed
     * it.
     *
     * @param inside the time that its calls spent on moving entries
     * @param longestStep the longest time that one call spent so
     */
    record Growth(Span span, long fromBuckets, long toBuckets, long writes, long inside, long longestStep) {}

    /**
     * Returns the spans in which at least one growth was under way, in order and without overlap.
     */
    List<Span> growing() {
        List<Span> apart = new ArrayList<>();
        growths.stream()
                .map(Growth::span)
                .sorted(Comparator.comparingLong(Span::start))
                .forEach(span -> {
                    Span last = apart.isEmpty() ? null : apart.getLast();
                    if (last != null && span.start <= last.end) {
                        apart.set(apart.size() - 1, new Span(last.start, Math.max(last.end, span.end)));
                    } else {
                        apart.add(span);
                    }
                });
        return apart;
    }

    /** Returns the pauses that began while a growth was under way. */
    List<Span> pausesBegunInGrowth() {
        List<Span> growing = growing();
        return pauses.stream()
                .filter(pause -> growing.stream().anyMatch(span -> span.contains(pause.start)))
                .toList();
    }

    static long sum(List<Span> spans) {
        return spans.stream().mapToLong(Span::length).sum();
    }

    static long longest(List<Span> spans) {
        return spans.stream().mapToLong(Span::length).max().orElse(0);
    }

    /**
     * Draws a line with this many columns of equal time. A column is # if growths cover at least
     * half of its time, + if they cover less, and a dot if there is none.
     */
    String drawGrowths(int columns) {
        List<Span> growing = growing();
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < columns; column++) {
            Span cell = cell(column, columns);
            long covered = growing.stream()
                    .mapToLong(span -> Math.max(0, Math.min(span.end, cell.end) - Math.max(span.start, cell.start)))
                    .sum();
            line.append(2 * covered >= cell.length() && covered > 0 ? '#' : covered > 0 ? '+' : '.');
        }
        return line.toString();
    }

    /**
     * Draws a line with this many columns of equal time. A column is the number of pauses that
     * began there, 9 if there are more, and a dot if there is none.
     */
    String drawPauses(int columns) {
        StringBuilder line = new StringBuilder();
        for (int column = 0; column < columns; column++) {
            Span cell = cell(column, columns);
            long begun =
                    pauses.stream().filter(pause -> cell.contains(pause.start)).count();
            line.append(begun == 0 ? "." : Long.toString(Math.min(begun, 9)));
        }
        return line.toString();
    }

    private Span cell(int column, int columns) {
        return new Span(nanos * column / columns, nanos * (column + 1) / columns);
    }
}
