package io.memmap.bench.report;

import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Samples;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.Text;
import io.memmap.bench.text.TextTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * A table for a terminal with the figures of some runs: medians, and ranges if there are several
 * runs.
 */
public final class FigureTable {
    private final Function<Subject, String> rowOf;
    private final Function<Subject, String> columnOf;
    private final Set<String> columns = new LinkedHashSet<>();
    private final Map<String, Map<String, Cell>> rows = new LinkedHashMap<>();

    private record Cell(Samples samples, String unit) {}

    /**
     * Makes an empty table.
     *
     * @param rowOf returns the title of the row of a figure
     * @param columnOf returns the title of the column of a figure
     */
    public FigureTable(Function<Subject, String> rowOf, Function<Subject, String> columnOf) {
        this.rowOf = rowOf;
        this.columnOf = columnOf;
    }

    public void add(Measured run) {
        for (Measured.Value value : run.values()) {
            Subject subject = value.subject();
            String column = columnOf.apply(subject);
            columns.add(column);
            rows.computeIfAbsent(rowOf.apply(subject), absent -> new LinkedHashMap<>())
                    .computeIfAbsent(column, absent -> new Cell(new Samples(), subject.unit()))
                    .samples()
                    .add(value.value());
        }
    }

    public String render() {
        List<String> header = new ArrayList<>(List.of(""));
        header.addAll(columns);
        TextTable table = new TextTable(header);
        rows.forEach((title, row) -> {
            List<String> cells = new ArrayList<>(List.of(title));
            for (String column : columns) {
                Cell cell = row.get(column);
                cells.add(cell == null ? Text.NONE : cell.samples().format(cell.unit()));
            }
            table.row(cells);
        });
        return table.render();
    }
}
