package io.memmap.observer;

import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes values as JSON (RFC 8259). Records and maps become objects, and iterables become arrays.
 * An instant becomes milliseconds since the epoch, and a stack frame the text that the page shows.
 * An empty Optional and a number that is infinite or NaN become null. All other values become text.
 * Angle brackets and the ampersand are escaped too, so that no text can act as markup, wherever a
 * reader puts it.
 */
final class Json {
    private final StringBuilder out = new StringBuilder();

    private Json() {}

    static String write(@Nullable Object value) {
        Json json = new Json();
        json.value(value);
        return json.out.toString();
    }

    private void value(@Nullable Object value) {
        switch (value) {
            case null -> out.append("null");
            case Double number when !Double.isFinite(number) -> out.append("null");
            case Number number -> out.append(number);
            case Boolean truth -> out.append(truth);
            case Instant instant -> out.append(instant.toEpochMilli());
            case StackTraceElement frame -> text(StackSamples.text(frame));
            case Optional<?> optional -> value(optional.orElse(null));
            case Map<?, ?> map -> {
                char separator = '{';
                for (Map.Entry<?, ?> entry : map.entrySet()) {
                    member(separator, entry.getKey().toString(), entry.getValue());
                    separator = ',';
                }
                end(separator, '{', '}');
            }
            case Iterable<?> values -> {
                char separator = '[';
                for (Object each : values) {
                    out.append(separator);
                    value(each);
                    separator = ',';
                }
                end(separator, '[', ']');
            }
            case Record fields -> {
                char separator = '{';
                for (RecordComponent component : fields.getClass().getRecordComponents()) {
                    member(separator, component.getName(), read(component, fields));
                    separator = ',';
                }
                end(separator, '{', '}');
            }
            default -> text(value.toString());
        }
    }

    private static @Nullable Object read(RecordComponent component, Record fields) {
        try {
            return component.getAccessor().invoke(fields);
        } catch (ReflectiveOperationException e) { // all records are public or of this package
            throw new LinkageError(component.toString(), e);
        }
    }

    private void member(char separator, String name, @Nullable Object value) {
        out.append(separator);
        text(name);
        out.append(':');
        value(value);
    }

    private void end(char separator, char begin, char end) {
        if (separator == begin) {
            out.append(begin);
        }
        out.append(end);
    }

    private void text(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"', '\\' -> out.append('\\').append(c);
                case '<', '>', '&', '\u2028', '\u2029' -> escape(c);
                default -> {
                    if (c < ' ' || Character.isSurrogate(c)) { // a lone surrogate has no UTF-8
                        escape(c);
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    private void escape(char c) {
        out.append(String.format("\\u%04x", (int) c));
    }
}
