package io.memmap.bench.report;

import io.memmap.bench.jmh.LongOperation;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.maps.NativeKind;
import io.memmap.bench.result.FigureNames;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.result.Subject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The standing of this project in one comparison: its best map beside the best map of each class of
 * others. The figure is one of which less is better.
 *
 * @param subject the subject of our best map
 * @param ours our median
 * @param peers the best figure of each class that was measured
 */
public record Standing(Subject subject, double ours, Map<Peer, ResultFile.Figure> peers) {
    /** The classes of other maps. */
    public enum Peer {
        PRIMITIVE("primitive, on-heap"),
        BOXED("boxed, on-heap"),
        OFF_HEAP("off-heap, Java"),
        GO("Go"),
        CPP("C++");

        private final String title;

        Peer(String title) {
            this.title = title;
        }

        public String title() {
            return title;
        }

        /**
         * Returns the class of a contender; empty for our maps and for contenders that are not
         * compared.
         */
        static Optional<Peer> of(Subject subject) {
            return subject.longContender()
                    .map(Peer::of)
                    .orElseGet(() -> NativeKind.of(subject.contender()).map(kind -> kind.isGo() ? GO : CPP));
        }

        private static Optional<Peer> of(Contender contender) {
            if (contender.isPrimitivePeer()) {
                return Optional.of(PRIMITIVE);
            }
            if (contender.isOffHeapPeer()) {
                return Optional.of(OFF_HEAP);
            }
            return contender.isMemmap() || contender.isTwin() ? Optional.empty() : Optional.of(BOXED);
        }
    }

    /** Differences below this ratio count as equal. */
    static final double EVEN = 0.03;

    private static final Set<String> COMPARED = Set.of(
            "time", "p99.99", "max", FigureNames.RESIDENT, FigureNames.GC_CPU, "pause, longest", "delay, longest");

    private static final List<String> PARTS = List.of("operations", "latency", "gc", "memory");
    private static final String USUAL_VARIANT = "uniform keys";

    /** Returns our figure divided by the best figure of the class; below 1 we lead. */
    public Optional<Double> ratio(Peer peer) {
        ResultFile.Figure figure = peers.get(peer);
        if (figure == null || figure.samples().median() <= 0) {
            return Optional.empty();
        }
        return Optional.of(ours / figure.samples().median());
    }

    /**
     * Returns the name of the comparison, such as "hit", "get beside a writer, p99.99", "resident,
     * settled" or "GC CPU".
     */
    public String comparison() {
        return switch (subject.part()) {
            case "operations" -> subject.operation();
            case "memory" -> subject.figure() + ", " + subject.operation();
            case "gc" -> subject.figure();
            default -> subject.operation() + ", " + subject.figure();
        };
    }

    /** Returns all comparisons of maps from long to long in a result. */
    public static List<Standing> all(ResultFile result) {
        Map<Subject, List<ResultFile.Figure>> groups = new LinkedHashMap<>();
        for (ResultFile.Figure figure : result.figures()) {
            Subject subject = figure.subject();
            if (COMPARED.contains(subject.figure())
                    && (isOurs(subject) || Peer.of(subject).isPresent())) {
                groups.computeIfAbsent(group(subject), absent -> new ArrayList<>())
                        .add(figure);
            }
        }
        compareBatchesWithSingles(groups);
        List<Standing> standings = new ArrayList<>();
        for (List<ResultFile.Figure> group : groups.values()) {
            of(group).ifPresent(standings::add);
        }
        standings.sort(Comparator.comparingInt(
                        (Standing standing) -> PARTS.indexOf(standing.subject().part()))
                .thenComparing(standing -> standing.subject().variant().length() > USUAL_VARIANT.length())
                .thenComparingLong(standing -> standing.subject().size())
                .thenComparing(standing -> standing.subject().variant()));
        return standings;
    }

    /**
     * Compares our operations on many keys with the operations of others on one key, because others
     * have none on many keys.
     */
    private static void compareBatchesWithSingles(Map<Subject, List<ResultFile.Figure>> groups) {
        groups.forEach((subject, group) -> LongOperation.singleOf(subject.operation())
                .ifPresent(single -> groups.getOrDefault(subject.when(single.title()), List.of()).stream()
                        .filter(figure -> !isOurs(figure.subject()))
                        .forEach(group::add)));
    }

    private static boolean isOurs(Subject subject) {
        return subject.longContender().filter(Contender::isMemmap).isPresent();
    }

    /**
     * Returns the group of a subject. Gets beside a writing thread and gets between writes are one
     * group.
     */
    private static Subject group(Subject subject) {
        return new Subject(
                subject.part(),
                subject.operation().startsWith("get be") ? "get beside a writer" : subject.operation(),
                "",
                subject.size(),
                subject.variant(),
                subject.figure(),
                subject.unit());
    }

    private static Optional<Standing> of(List<ResultFile.Figure> group) {
        Comparator<ResultFile.Figure> byMedian =
                Comparator.comparingDouble(figure -> figure.samples().median());
        Map<Peer, ResultFile.Figure> peers = new EnumMap<>(Peer.class);
        for (ResultFile.Figure figure : group) {
            Peer.of(figure.subject())
                    .ifPresent(peer -> peers.merge(peer, figure, (a, b) -> byMedian.compare(a, b) <= 0 ? a : b));
        }
        return group.stream()
                .filter(figure -> isOurs(figure.subject()))
                .min(byMedian)
                .filter(best -> !peers.isEmpty())
                .map(best -> new Standing(best.subject(), best.samples().median(), peers));
    }
}
