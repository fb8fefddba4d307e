package io.memmap.bench.text;

import java.util.List;

/** Writes tables in Markdown. */
public final class Markdown {
    private Markdown() {}

    /** Returns a table whose first column is aligned to the left and all others to the right. */
    public static String table(List<String> header, List<List<String>> rows) {
        StringBuilder text = new StringBuilder(line(header));
        text.append("|---").append("|--:".repeat(header.size() - 1)).append("|\n");
        for (List<String> row : rows) {
            if (row.size() != header.size()) {
                throw new IllegalArgumentException("a row must have " + header.size() + " cells: " + row.size());
            }
            text.append(line(row));
        }
        return text.toString();
    }

    private static String line(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |\n";
    }
}
