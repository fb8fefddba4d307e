package io.memmap.observe.pprof;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes a message in the wire format of protocol buffers. It supports the types that profiles
 * need: varints, texts, messages and packed varints. A varint is a number in as few bytes as it
 * needs, with seven bits in each.
 */
public final class ProtoWriter {
    private static final int VARINT = 0;
    private static final int LENGTH_DELIMITED = 2;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** Writes a number. Leaves out 0, which is the default. */
    public ProtoWriter number(int field, long value) {
        if (value != 0) {
            varint((long) field << 3 | VARINT);
            varint(value);
        }
        return this;
    }

    public ProtoWriter text(int field, String value) {
        return run(field, value.getBytes(StandardCharsets.UTF_8));
    }

    public ProtoWriter message(int field, ProtoWriter value) {
        return run(field, value.toByteArray());
    }

    public ProtoWriter packed(int field, List<Long> values) {
        ProtoWriter packed = new ProtoWriter();
        values.forEach(packed::varint);
        return message(field, packed);
    }

    public byte[] toByteArray() {
        return bytes.toByteArray();
    }

    private ProtoWriter run(int field, byte[] value) {
        varint((long) field << 3 | LENGTH_DELIMITED);
        varint(value.length);
        bytes.writeBytes(value);
        return this;
    }

    /**
     * Writes seven bits in each byte, the lowest bits first. All bytes but the last have the eighth
     * bit set. A negative number takes ten bytes.
     */
    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes.write((int) (rest & 0x7F) | 0x80);
            rest >>>= 7;
        }
        bytes.write((int) rest);
    }
}
