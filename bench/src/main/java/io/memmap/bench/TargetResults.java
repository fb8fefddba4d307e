package io.memmap.bench;

import io.memmap.bench.TargetTask.Operation;
import io.memmap.bench.maps.Contender;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeSet;

/** The nanoseconds of all tasks that have run, and their tables. */
final class TargetResults {
    private final Map<TargetTask, Samples> samples = new LinkedHashMap<>();

    void add(TargetTask task, double nanos) {
        samples.computeIfAbsent(task, absent -> new Samples()).add(nanos);
    }

    /** The least and the most forks that a task has had. */
    String forks() {
        int least = samples.values().stream().mapToInt(Samples::count).min().orElse(0);
        int most = samples.values().stream().mapToInt(Samples::count).max().orElse(0);
        return least == most ? Integer.toString(least) : least + " to " + most;
    }

    /** The operations that have run. */
    List<Operation> operations() {
        return samples.keySet().stream().map(TargetTask::operation).distinct().toList();
    }

    /** The sizes that an operation ran with, ascending. */
    List<Integer> sizes(Operation operation) {
        var sizes = new TreeSet<Integer>();
        samples.keySet().stream().filter(task -> task.operation() == operation).forEach(task -> sizes.add(task.size()));
        return List.copyOf(sizes);
    }

    /** The header of an operation's table. */
    List<String> header(Operation operation) {
        List<String> header = new ArrayList<>(List.of(operation.title() + ", ns"));
        for (int size : sizes(operation)) {
            header.add(Text.count(size));
        }
        return header;
    }

    /** A row for each contender: its median and range, and the median over the best primitive peer's. */
    List<List<String>> rows(Operation operation) {
        List<List<String>> rows = new ArrayList<>();
        for (Contender contender : Contender.values()) {
            List<String> row = new ArrayList<>(List.of(contender.title()));
            boolean ran = false;
            for (int size : sizes(operation)) {
                Samples cell = samples.get(new TargetTask(operation, contender, size));
                ran |= cell != null;
                row.add(cell == null ? Text.NONE : cell.format(Text::digits) + ratio(cell, operation, size));
            }
            if (ran) {
                rows.add(row);
            }
        }
        return rows;
    }

    private String ratio(Samples cell, Operation operation, int size) {
        OptionalDouble best = bestPeer(operation == Operation.GET_ALL ? Operation.HIT : operation, size);
        return best.isEmpty() ? "" : " " + Text.digits(cell.median() / best.getAsDouble()) + "x";
    }

    /** The least median of a map of primitive longs in the Java heap. */
    OptionalDouble bestPeer(Operation operation, int size) {
        return samples.entrySet().stream()
                .filter(entry -> entry.getKey().operation() == operation
                        && entry.getKey().size() == size
                        && entry.getKey().contender().isPrimitivePeer())
                .mapToDouble(entry -> entry.getValue().median())
                .min();
    }
}
