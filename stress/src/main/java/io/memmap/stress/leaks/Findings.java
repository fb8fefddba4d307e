package io.memmap.stress.leaks;

import java.util.ArrayList;
import java.util.List;

/**
 * The results of one form of an accident.
 *
 * @param readings the readings, in order of time
 * @param suspects the lines that the search named, the first answer first
 * @param dropped the lines that opened heaps or maps which were dropped without being closed, most
 *     bytes first
 * @param planted the lines of the leak, from the ledger
 * @param keptBytes what the leak holds at the end, from the ledger
 */
record Findings(
        List<Reading> readings, List<Suspect> suspects, List<Dropped> dropped, List<String> planted, long keptBytes) {

    /**
     * A line that the search named.
     *
     * @param bytes the bytes that the line allocated and that are in use, by the profile
     * @param oldestMillis the age of the oldest allocation among them
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

    /** A line that opened heaps, or made maps, that were dropped without being closed. */
    record Dropped(String what, String line, long count, long bytes) {
        static final String KEY = "dropped";

        String text() {
            return String.join("\t", KEY, what, line, Long.toString(count), Long.toString(bytes));
        }
    }

    static final String PLANTED = "planted";
    static final String KEPT = "kept";

    /** Parses the output of {@link LeaksChild}. */
    static Findings parse(List<String> lines) {
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
                default -> {} // lines of the library's log or of the JVM
            }
        }
        return new Findings(readings, suspects, dropped, planted, kept);
    }

    /** Returns the bytes that the named lines hold, by the profile. */
    long attributedBytes() {
        return suspects.stream().mapToLong(Suspect::bytes).sum();
    }
}
