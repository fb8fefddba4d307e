package io.memmap.bench.text;

import java.util.List;

/** Writes parts of HTML. */
public final class Html {
    private Html() {}

    /** Escapes text for an element or for an attribute in double quotes. */
    public static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }

    /**
     * A cell of a table.
     *
     * @param below smaller text below the text; may be empty
     * @param kind the class of the cell; may be empty
     */
    public record Cell(String text, String below, String kind) {
        public static final Cell NONE = new Cell(Text.NONE, "", "");

        private String render() {
            return "<td" + (kind.isEmpty() ? "" : " class=\"" + kind + "\"") + ">" + escape(text)
                    + (below.isEmpty() ? "" : "<small>" + escape(below) + "</small>") + "</td>";
        }
    }

    /**
     * A row of a table. A row without cells is a heading for those below.
     *
     * @param ours whether the row is about a map of this project
     */
    public record Row(String title, boolean ours, List<Cell> cells) {}

    /** Escapes text, in which a line may end between the parts of a name. */
    private static String breakable(String text) {
        return escape(text).replaceAll("&lt;|::|_|(?<=[a-z])(?=[A-Z])", "$0<wbr>");
    }

    public static String table(List<String> header, List<Row> rows) {
        StringBuilder html = new StringBuilder("<div class=\"scroll\"><table><thead><tr>");
        header.forEach(
                title -> html.append("<th scope=\"col\">").append(escape(title)).append("</th>"));
        html.append("</tr></thead><tbody>");
        for (Row row : rows) {
            if (row.cells().isEmpty()) {
                html.append("<tr class=\"group\"><th colspan=\"" + header.size() + "\"><span>" + escape(row.title())
                        + "</span></th></tr>");
                continue;
            }
            html.append(row.ours() ? "<tr class=\"ours\">" : "<tr>");
            html.append("<th scope=\"row\">").append(breakable(row.title())).append("</th>");
            row.cells().forEach(cell -> html.append(cell.render()));
            html.append("</tr>");
        }
        return html.append("</tbody></table></div>\n").toString();
    }
}
