package io.memmap.stress;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Growths of maps and pauses of the garbage collector of one run, in nanoseconds from its beginning.
 *
 * @param nanos how long the run took
 * @param growths in any order; they may overlap
 * @param pauses in any order; none overlaps another
 */
record TimeLine(long nanos, List<Growth> growths, List<Span> pauses) {
    /** From a moment up to, not including, another. */
    record Span(long start, long end) {
        long length() {
            return end - start;
        }

        boolean contains(long moment) {
            return start <= moment && moment < end;
        }
    }

    /**
     * A growth, from the call that began it to the end of the one that ended it.
     *
     * @param inside what its calls spent on moving entries
     * @param longestStep the longest of them
     */
    record Growth(Span span, long fromBuckets, long toBuckets, long writes, long inside, long longestStep) {}

    /** Returns the times in which at least one growth was under way, in order and apart. */
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

    /** Draws this many columns of equal time: # where a growth is under way most of the time, + where it is for a part. */
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

    /** Draws this many columns of equal time: how many pauses began there, 9 for more. */
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
