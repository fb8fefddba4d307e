package io.memmap.bench.report;

import io.memmap.bench.child.CountContender;
import io.memmap.bench.child.CountFigures;
import io.memmap.bench.child.Figures;
import io.memmap.bench.child.Latencies;
import io.memmap.bench.text.Bytes;
import io.memmap.bench.text.Text;
import io.memmap.bench.text.TextTable;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.DoubleFunction;
import java.util.function.Function;

/**
 * The figures of all contenders of the default command side by side, with the ratio of HashMap's
 * figure to LongLongMap's.
 */
public final class CountTable {
    private static final List<Row> ROWS = rows();

    private CountTable() {}

    /** A row of the table: its figure, and the format of its cells. */
    private record Row(String title, Function<Figures, OptionalDouble> figure, DoubleFunction<String> format) {
        String cell(Figures figures) {
            OptionalDouble value = figure.apply(figures);
            return value.isPresent() ? format.apply(value.getAsDouble()) : Text.NONE;
        }

        String ratio(Figures hashMap, Figures memmap) {
            OptionalDouble dividend = figure.apply(hashMap);
            OptionalDouble divisor = figure.apply(memmap);
            if (dividend.isEmpty() || divisor.isEmpty() || divisor.getAsDouble() == 0) {
                return Text.NONE;
            }
            return Text.digits(dividend.getAsDouble() / divisor.getAsDouble()) + "x";
        }
    }

    /** Returns the table. A contender that failed shows the figures that it reported before. */
    public static String render(Figures noOp, Figures hashMap, Figures memmap) {
        TextTable table = new TextTable(header());
        rows(noOp, hashMap, memmap).forEach(table::row);
        return table.render();
    }

    static List<String> header() {
        return List.of(
                "",
                CountContender.HASH_MAP.title(),
                CountContender.MEMMAP.title(),
                "ratio",
                CountContender.NO_OP.title());
    }

    /** Returns the rows: a title and a cell for each column. */
    static List<List<String>> rows(Figures noOp, Figures hashMap, Figures memmap) {
        return ROWS.stream()
                .map(row -> List.of(
                        row.title(), row.cell(hashMap), row.cell(memmap), row.ratio(hashMap, memmap), row.cell(noOp)))
                .toList();
    }

    /**
     * Returns the bytes for an entry: the growth of the live Java heap and the committed native
     * memory.
     */
    public static OptionalDouble bytesAnEntry(Figures figures) {
        return quotient(
                sum(figures.get(CountFigures.HEAP_GROWTH), figures.get(CountFigures.NATIVE)),
                figures.get(CountFigures.DISTINCT));
    }

    public static OptionalDouble nanosAnUpdate(Figures figures) {
        return quotient(figures.get(CountFigures.NANOS), figures.get(CountFigures.TOTAL));
    }

    private static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        rows.add(new Row("distinct keys", figure(CountFigures.DISTINCT), CountTable::count));
        rows.add(new Row("updates", figure(CountFigures.TOTAL), CountTable::count));
        rows.add(new Row("time", figure(CountFigures.NANOS), Text::nanos));
        rows.add(new Row("time an update", CountTable::nanosAnUpdate, Text::nanos));
        for (Latencies.Point point : Latencies.Point.values()) {
            rows.add(new Row(
                    "update latency " + point.title(), figure(point.figure(CountFigures.LATENCY)), Text::nanos));
        }
        rows.add(new Row("GC cycles", figure(CountFigures.GC_CYCLES), CountTable::count));
        rows.add(new Row("GC pauses", figure(CountFigures.GC_PAUSES), CountTable::count));
        rows.add(new Row("GC pauses in all", figure(CountFigures.GC_PAUSE_TOTAL), Text::nanos));
        rows.add(new Row("longest GC pause", figure(CountFigures.GC_PAUSE_MAX), Text::nanos));
        rows.add(new Row("peak Java heap", figure(CountFigures.PEAK_HEAP), CountTable::bytes));
        rows.add(new Row("peak Java heap after a GC", figure(CountFigures.PEAK_HEAP_AFTER_GC), CountTable::bytes));
        rows.add(new Row("peak resident memory", figure(CountFigures.PEAK_RESIDENT), CountTable::bytes));
        rows.add(new Row("bytes an entry", CountTable::bytesAnEntry, Text::digits));
        return rows;
    }

    private static Function<Figures, OptionalDouble> figure(String name) {
        return figures -> {
            OptionalLong value = figures.get(name);
            return value.isPresent() ? OptionalDouble.of((double) value.getAsLong()) : OptionalDouble.empty();
        };
    }

    private static OptionalLong sum(OptionalLong one, OptionalLong other) {
        return one.isEmpty() || other.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(one.getAsLong() + other.getAsLong());
    }

    private static OptionalDouble quotient(OptionalLong dividend, OptionalLong divisor) {
        return dividend.isEmpty() || divisor.isEmpty() || divisor.getAsLong() == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of((double) dividend.getAsLong() / divisor.getAsLong());
    }

    private static String count(double number) {
        return Text.count((long) number);
    }

    private static String bytes(double bytes) {
        return Bytes.format((long) bytes);
    }
}
