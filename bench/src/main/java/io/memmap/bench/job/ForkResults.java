package io.memmap.bench.job;

import io.memmap.bench.jmh.JmhMethod;
import io.memmap.bench.maps.Titled;
import io.memmap.bench.result.Samples;
import io.memmap.bench.text.Markdown;
import io.memmap.bench.text.Text;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeSet;
import java.util.stream.Stream;

/** One figure of all tasks that have run, and the tables of it. */
final class ForkResults {
    private final String unit;
    private final boolean ratios;
    private final Map<ForkTask, Samples> samples = new LinkedHashMap<>();

    private ForkResults(String unit, boolean ratios) {
        this.unit = unit;
        this.ratios = ratios;
    }

    /** Nanoseconds, and their ratios to the yardsticks'. */
    static ForkResults ofNanos() {
        return new ForkResults("ns", true);
    }

    /** Bytes. */
    static ForkResults ofBytes() {
        return new ForkResults("B", false);
    }

    void add(ForkTask task, double figure) {
        samples.computeIfAbsent(task, absent -> new Samples()).add(figure);
    }

    /** The median of a task, if it has run. */
    OptionalDouble median(ForkTask task) {
        Samples ofTask = samples.get(task);
        return ofTask == null ? OptionalDouble.empty() : OptionalDouble.of(ofTask.median());
    }

    /** The least and the most forks that a task has had. */
    String forks() {
        int least = samples.values().stream().mapToInt(Samples::count).min().orElse(0);
        int most = samples.values().stream().mapToInt(Samples::count).max().orElse(0);
        return least == most ? Integer.toString(least) : least + " to " + most;
    }

    /** The operations that have run. */
    List<JmhMethod> operations() {
        return samples.keySet().stream().map(ForkTask::operation).distinct().toList();
    }

    private Stream<ForkTask> tasks(JmhMethod operation) {
        return samples.keySet().stream().filter(task -> task.operation().equals(operation));
    }

    /** The sizes that an operation ran with, ascending. */
    List<Integer> sizes(JmhMethod operation) {
        var sizes = new TreeSet<Integer>();
        tasks(operation).forEach(task -> sizes.add(task.size()));
        return List.copyOf(sizes);
    }

    /** The header of an operation's table. */
    List<String> header(JmhMethod operation) {
        List<String> header = new ArrayList<>(List.of(operation.title() + ", " + unit));
        for (int size : sizes(operation)) {
            header.add(Text.count(size));
        }
        return header;
    }

    /** A row for each contender: its median and range, and the median over the best yardstick's. */
    List<List<String>> rows(JmhMethod operation) {
        return tasks(operation)
                .map(ForkTask::contender)
                .distinct()
                .sorted(Comparator.comparingInt(Titled::ordinal))
                .map(contender -> row(operation, contender))
                .toList();
    }

    private List<String> row(JmhMethod operation, Titled contender) {
        List<String> row = new ArrayList<>(List.of(contender.title()));
        for (int size : sizes(operation)) {
            Optional<ForkTask> ran = tasks(operation)
                    .filter(task -> task.contender().equals(contender) && task.size() == size)
                    .findFirst();
            row.add(ran.map(this::cell).orElse(Text.NONE));
        }
        return row;
    }

    private String cell(ForkTask task) {
        Samples cell = Objects.requireNonNull(samples.get(task));
        OptionalDouble best = ratios ? bestYardstick(task.operation(), task.size()) : OptionalDouble.empty();
        String ratio = best.isEmpty() ? "" : " " + Text.digits(cell.median() / best.getAsDouble()) + "x";
        return cell.format(Text::digits) + ratio;
    }

    private OptionalDouble bestYardstick(JmhMethod operation, int size) {
        return samples.entrySet().stream()
                .filter(entry -> entry.getKey().operation().equals(operation)
                        && entry.getKey().size() == size
                        && entry.getKey().isYardstick())
                .mapToDouble(entry -> entry.getValue().median())
                .min();
    }

    /** All tables, in Markdown. */
    String render() {
        StringBuilder text = new StringBuilder();
        for (JmhMethod operation : operations()) {
            text.append('\n').append(Markdown.table(header(operation), rows(operation)));
        }
        return text.toString();
    }
}
