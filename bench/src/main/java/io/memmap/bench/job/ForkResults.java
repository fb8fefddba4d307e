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

/** The values of one figure for all tasks that have run, and tables of them. */
final class ForkResults {
    private final String unit;
    private final boolean ratios;
    private final Map<ForkTask, Samples> samples = new LinkedHashMap<>();

    private ForkResults(String unit, boolean ratios) {
        this.unit = unit;
        this.ratios = ratios;
    }

    /** Makes an empty set of times in nanoseconds. Its tables show ratios to the best yardstick. */
    static ForkResults ofNanos() {
        return new ForkResults("ns", true);
    }

    /** Makes an empty set of sizes in bytes. Its tables show no ratios. */
    static ForkResults ofBytes() {
        return new ForkResults("B", false);
    }

    void add(ForkTask task, double figure) {
        samples.computeIfAbsent(task, absent -> new Samples()).add(figure);
    }

    /** Returns the median of a task; empty if the task has not run. */
    OptionalDouble median(ForkTask task) {
        Samples ofTask = samples.get(task);
        return ofTask == null ? OptionalDouble.empty() : OptionalDouble.of(ofTask.median());
    }

    /** Returns the smallest and the largest number of forks of a task. */
    String forks() {
        int least = samples.values().stream().mapToInt(Samples::count).min().orElse(0);
        int most = samples.values().stream().mapToInt(Samples::count).max().orElse(0);
        return least == most ? Integer.toString(least) : least + " to " + most;
    }

    /** Returns the operations that have run. */
    List<JmhMethod> operations() {
        return samples.keySet().stream().map(ForkTask::operation).distinct().toList();
    }

    private Stream<ForkTask> tasks(JmhMethod operation) {
        return samples.keySet().stream().filter(task -> task.operation().equals(operation));
    }

    /** Returns the sizes of an operation that have run, in ascending order. */
    List<Integer> sizes(JmhMethod operation) {
        var sizes = new TreeSet<Integer>();
        tasks(operation).forEach(task -> sizes.add(task.size()));
        return List.copyOf(sizes);
    }

    /** Returns the header of the table of an operation. */
    List<String> header(JmhMethod operation) {
        List<String> header = new ArrayList<>(List.of(operation.title() + ", " + unit));
        for (int size : sizes(operation)) {
            header.add(Text.count(size));
        }
        return header;
    }

    /**
     * Returns a row for each contender: its median and range, and the ratio of the median to the
     * best yardstick.
     */
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

    /** Returns all tables in Markdown. */
    String render() {
        StringBuilder text = new StringBuilder();
        for (JmhMethod operation : operations()) {
            text.append('\n').append(Markdown.table(header(operation), rows(operation)));
        }
        return text.toString();
    }
}
