package io.memmap.bench;

import io.memmap.bench.maps.Contender;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where this project stands in one comparison: its best map beside the best of each class of others, in a figure of which less
 * is better.
 *
 * @param subject of our best map
 * @param ours the median
 * @param peers the best figure of each class that was measured
 */
record Standing(Subject subject, double ours, Map<Peer, ResultFile.Figure> peers) {
    /** The classes of others. */
    enum Peer {
        PRIMITIVE("primitive, on-heap"),
        BOXED("boxed, on-heap"),
        OFF_HEAP("off-heap");

        private final String title;

        Peer(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }

        static Optional<Peer> of(Contender contender) {
            if (contender.isPrimitivePeer()) {
                return Optional.of(PRIMITIVE);
            }
            if (contender.isOffHeapPeer()) {
                return Optional.of(OFF_HEAP);
            }
            return contender.isMemmap() || contender.isTwin() ? Optional.empty() : Optional.of(BOXED);
        }
    }

    /** Differences below this are none. */
    static final double EVEN = 0.03;

    private static final Set<String> COMPARED =
            Set.of("time", "p99.99", "max", "resident", "GC CPU", "pause, longest", "delay, longest");

    /** Our figure over the peers' best; below 1 we lead. */
    Optional<Double> ratio(Peer peer) {
        ResultFile.Figure figure = peers.get(peer);
        if (figure == null || figure.samples().median() <= 0) {
            return Optional.empty();
        }
        return Optional.of(ours / figure.samples().median());
    }

    /** All comparisons of maps from long to long in a result. */
    static List<Standing> all(ResultFile result) {
        Map<Subject, List<ResultFile.Figure>> groups = new LinkedHashMap<>();
        for (ResultFile.Figure figure : result.figures()) {
            Subject subject = figure.subject();
            if (COMPARED.contains(subject.figure()) && subject.longContender().isPresent()) {
                groups.computeIfAbsent(group(subject), absent -> new ArrayList<>())
                        .add(figure);
            }
        }
        List<Standing> standings = new ArrayList<>();
        for (List<ResultFile.Figure> group : groups.values()) {
            of(group).ifPresent(standings::add);
        }
        return standings;
    }

    /** Gets beside a writing thread and between writes are the maps' two ways to the same. */
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
            figure.subject()
                    .longContender()
                    .flatMap(Peer::of)
                    .ifPresent(peer -> peers.merge(peer, figure, (a, b) -> byMedian.compare(a, b) <= 0 ? a : b));
        }
        return group.stream()
                .filter(figure -> figure.subject().longContender().orElseThrow().isMemmap())
                .min(byMedian)
                .filter(best -> !peers.isEmpty())
                .map(best -> new Standing(best.subject(), best.samples().median(), peers));
    }
}
