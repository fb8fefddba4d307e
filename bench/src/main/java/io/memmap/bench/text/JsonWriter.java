package io.memmap.bench.text;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes maps, lists, strings, numbers, booleans and null as JSON, indented. */
public final class JsonWriter {
    private static final String INDENT = "  ";

    private final StringBuilder text = new StringBuilder();

    private JsonWriter() {}

    public static String write(@Nullable Object value) {
        JsonWriter json = new JsonWriter();
        json.value(value, "\n");
        return json.text.append('\n').toString();
    }

    private void value(@Nullable Object value, String newLine) {
        switch (value) {
            case null -> text.append("null");
            case Map<?, ?> map -> map(map, newLine);
            case Iterable<?> list -> list(list, newLine);
            case Number number -> text.append(number);
            case Boolean truth -> text.append(truth);
            default -> string(value.toString());
        }
    }

    private void map(Map<?, ?> map, String newLine) {
        String inner = newLine + INDENT;
        String separator = "";
        text.append('{');
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            text.append(separator).append(inner);
            string(String.valueOf(entry.getKey()));
            text.append(": ");
            value(entry.getValue(), inner);
            separator = ",";
        }
        text.append(map.isEmpty() ? "}" : newLine + "}");
    }

    private void list(Iterable<?> list, String newLine) {
        String inner = newLine + INDENT;
        String separator = "";
        text.append('[');
        for (Object element : list) {
            text.append(separator).append(inner);
            value(element, inner);
            separator = ",";
        }
        text.append(separator.isEmpty() ? "]" : newLine + "]");
    }

    private void string(String string) {
        text.append('"');
        for (int i = 0; i < string.length(); i++) {
            char c = string.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < ' ') {
                text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
    }
}
