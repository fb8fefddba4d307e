package io.memmap.stress.soak;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * The state of a soak after a rebalance, when the instances have counted all records.
 *
 * @param seconds the time since the start
 * @param records the number of records so far
 * @param resident the resident bytes of the process, which has the broker and both instances
 */
record Sample(long seconds, int rebalances, long records, long resident) {
    private static final Pattern LINE = Pattern.compile("@sample (\\d+) (\\d+) (\\d+) (\\d+)");

    /** Returns the line by which a JVM passes this on. */
    String line() {
        return "@sample " + seconds + " " + rebalances + " " + records + " " + resident;
    }

    /** Reads such a line; empty if it is another one. */
    static Optional<Sample> parse(String line) {
        return LINE.matcher(line).results().findFirst().map(Sample::of);
    }

    private static Sample of(MatchResult match) {
        return new Sample(
                Long.parseLong(match.group(1)),
                Integer.parseInt(match.group(2)),
                Long.parseLong(match.group(3)),
                Long.parseLong(match.group(4)));
    }

    /** Returns this as a row of a table. */
    String row() {
        return String.format(
                Locale.ROOT, "%,9d s %,11d %,15d %,9.1f MiB", seconds, rebalances, records, resident / 1024.0 / 1024.0);
    }
}
