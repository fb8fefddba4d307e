package io.memmap.bench.text;

import java.util.List;

/** Pieces of HTML. */
public final class Html {
    private Html() {}

    /** Text as it stands in an element or in an attribute in double quotes. */
    public static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /** A cell: what it shows, smaller text below it, and a class; both may be empty. */
    public record Cell(String text, String below, String kind) {
        public static final Cell NONE = new Cell(Text.NONE, "", "");

        private String render() {
            return "<td" + (kind.isEmpty() ? "" : " class=\"" + kind + "\"") + ">" + escape(text)
                    + (below.isEmpty() ? "" : "<small>" + escape(below) + "</small>") + "</td>";
        }
    }

    /** A row: its title and whether it is this project's. */
    public record Row(String title, boolean ours, List<Cell> cells) {}

    public static String table(List<String> header, List<Row> rows) {
        StringBuilder html = new StringBuilder("<div class=\"scroll\"><table><thead><tr>");
        header.forEach(
                title -> html.append("<th scope=\"col\">").append(escape(title)).append("</th>"));
        html.append("</tr></thead><tbody>");
        for (Row row : rows) {
            html.append(row.ours() ? "<tr class=\"ours\">" : "<tr>");
            html.append("<th scope=\"row\">").append(escape(row.title())).append("</th>");
            row.cells().forEach(cell -> html.append(cell.render()));
            html.append("</tr>");
        }
        return html.append("</tbody></table></div>\n").toString();
    }
}
