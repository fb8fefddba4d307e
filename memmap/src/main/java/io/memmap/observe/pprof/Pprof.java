package io.memmap.observe.pprof;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A profile in the format of pprof: a message of the schema profile.proto, compressed with gzip. It
 * has samples, each with a stack, labels and one value per type. The field numbers are those of the
 * schema.
 */
public final class Pprof {
    /** The name of a value and its unit. */
    public record ValueType(String type, String unit) {}

    private record Function(String name, String file) {}

    private final ProtoWriter profile = new ProtoWriter();
    private final ProtoWriter tables = new ProtoWriter();
    private final Map<String, Long> strings = new LinkedHashMap<>();
    private final Map<Function, Long> functions = new LinkedHashMap<>();
    private final Map<StackTraceElement, Long> locations = new LinkedHashMap<>();
    private final int valueCount;

    /** Begins a profile. A viewer shows the last of its types at first. */
    public Pprof(List<ValueType> types, ValueType periodType, long period, Instant time) {
        index(""); // the schema requires it to be the first
        types.forEach(type -> profile.message(1, valueType(type)));
        valueCount = types.size();
        profile.number(9, time.getEpochSecond() * 1_000_000_000 + time.getNano());
        profile.message(11, valueType(periodType));
        profile.number(12, period);
        profile.number(14, index(types.getLast().type));
    }

    /** Adds a sample. Its stack has the leaf first. Labels without a text are left out. */
    public void add(List<StackTraceElement> stack, Map<String, String> labels, List<Long> values) {
        if (values.size() != valueCount) {
            throw new IllegalArgumentException("a sample must have " + valueCount + " values: " + values);
        }
        List<Long> frames = new ArrayList<>();
        stack.forEach(frame -> frames.add(location(frame)));
        ProtoWriter sample = new ProtoWriter().packed(1, frames).packed(2, values);
        labels.forEach((key, text) -> {
            if (!text.isEmpty()) {
                sample.message(3, new ProtoWriter().number(1, index(key)).number(2, index(text)));
            }
        });
        profile.message(2, sample);
    }

    /** Writes the profile. The stream stays open. */
    public void writeTo(OutputStream out) throws IOException {
        ProtoWriter texts = new ProtoWriter();
        strings.keySet().forEach(text -> texts.text(6, text));
        GZIPOutputStream gzip = new GZIPOutputStream(out);
        gzip.write(profile.toByteArray());
        gzip.write(tables.toByteArray());
        gzip.write(texts.toByteArray());
        gzip.finish();
    }

    private ProtoWriter valueType(ValueType type) {
        return new ProtoWriter().number(1, index(type.type)).number(2, index(type.unit));
    }

    private long index(String text) {
        return strings.computeIfAbsent(text, first -> (long) strings.size());
    }

    private long location(StackTraceElement frame) {
        Long known = locations.get(frame);
        if (known != null) {
            return known;
        }
        long id = locations.size() + 1L;
        locations.put(frame, id);
        ProtoWriter line = new ProtoWriter().number(1, function(frame)).number(2, Math.max(0, frame.getLineNumber()));
        tables.message(4, new ProtoWriter().number(1, id).message(4, line));
        return id;
    }

    private long function(StackTraceElement frame) {
        Function function = new Function(name(frame), file(frame));
        Long known = functions.get(function);
        if (known != null) {
            return known;
        }
        long id = functions.size() + 1L;
        functions.put(function, id);
        long name = index(function.name);
        tables.message(
                5,
                new ProtoWriter().number(1, id).number(2, name).number(3, name).number(4, index(function.file)));
        return id;
    }

    /** Returns the full name of a frame's method. */
    public static String name(StackTraceElement frame) {
        return frame.getClassName() + "." + frame.getMethodName();
    }

    /**
     * Returns the path of a frame's source file below its source root, as compilers lay sources
     * out. Returns an empty text if the file is not known.
     */
    private static String file(StackTraceElement frame) {
        @Nullable String file = frame.getFileName();
        if (file == null) {
            return "";
        }
        String type = frame.getClassName();
        return type.substring(0, type.lastIndexOf('.') + 1).replace('.', '/') + file;
    }
}
