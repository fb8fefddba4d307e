package io.memmap.stress.leaks;

import java.util.ArrayList;
import java.util.List;

/**
 * What came of one form of an accident.
 *
 * @param readings in order of time
 * @param suspects the lines that the search has named, the first answer first
 * @param dropped the lines that opened what was dropped without an end, most bytes first
 * @param planted the lines of the leak, from the ledger
 * @param keptBytes what the leak holds at the end, from the ledger
 */
record Outcome(
        List<Reading> readings, List<Suspect> suspects, List<Dropped> dropped, List<String> planted, long keptBytes) {

    /**
     * A line that the search has named.
     *
     * @param bytes in use of what it has allocated, by the profile
     * @param oldestMillis the age of the oldest of that
     */
    record Suspect(String line, Slope slope, long bytes, long oldestMillis) {
        static final String KEY = "suspect";

        String text() {
            return String.join(
                    "\t",
                    KEY,
                    line,
                    Double.toString(slope.perSecond()),
                    Double.toString(slope.error()),
                    Long.toString(bytes),
                    Long.toString(oldestMillis));
        }
    }

    /** A line that has opened heaps, or made maps, that were dropped. */
    record Dropped(String what, String line, long count, long bytes) {
        static final String KEY = "dropped";

        String text() {
            return String.join("\t", KEY, what, line, Long.toString(count), Long.toString(bytes));
        }
    }

    static final String PLANTED = "planted";
    static final String KEPT = "kept";

    /** Reads what {@link LeaksChild} has printed. */
    static Outcome parse(List<String> lines) {
        List<Reading> readings = new ArrayList<>();
        List<Suspect> suspects = new ArrayList<>();
        List<Dropped> dropped = new ArrayList<>();
        List<String> planted = new ArrayList<>();
        long kept = 0;
        for (String line : lines) {
            String[] part = line.split("\t", -1);
            switch (part[0]) {
                case Reading.KEY -> readings.add(Reading.parse(part));
                case Suspect.KEY ->
                    suspects.add(new Suspect(
                            part[1],
                            new Slope(Double.parseDouble(part[2]), Double.parseDouble(part[3])),
                            Long.parseLong(part[4]),
                            Long.parseLong(part[5])));
                case Dropped.KEY ->
                    dropped.add(new Dropped(part[1], part[2], Long.parseLong(part[3]), Long.parseLong(part[4])));
                case PLANTED -> planted.add(part[1]);
                case KEPT -> kept = Long.parseLong(part[1]);
                default -> {} // the library's log, and the JVM's own words
            }
        }
        return new Outcome(readings, suspects, dropped, planted, kept);
    }

    /** Returns what the named lines hold, by the profile. */
    long attributedBytes() {
        return suspects.stream().mapToLong(Suspect::bytes).sum();
    }
}
