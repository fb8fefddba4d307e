package io.memmap.bench.maps;

import io.memmap.ByteReader;
import io.memmap.Type;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A record with components that are objects, and three decoders of its bytes. */
public record Parcel(long id, String sender, Instant sent, List<String> tags, Address to, int grams) {
    /** A record in a record. */
    public record Address(String street, String city, int zip) {}

    /** The type that memmap derives from the record. */
    public static final Type<Parcel> DERIVED = Type.record(Parcel.class);

    /** A type with the same bytes, which a decoder reads through the library's reader. */
    public static final Type<Parcel> BY_READER =
            Type.of("parcel", Parcel.class, (parcel, to) -> to.putBytes(encoded(parcel)), Parcel::read);

    /** Returns the n-th parcel. */
    public static Parcel of(int n) {
        return new Parcel(
                n,
                "Sender number " + n,
                Instant.ofEpochSecond(1_800_000_000L + n, n),
                List.of("fragile", "tag-" + n, "express"),
                new Address(n + " Long Street", "Town" + n % 100, n % 100_000),
                n * 10);
    }

    /** Returns the bytes of a parcel, without the library. */
    public static byte[] encoded(Parcel parcel) {
        ByteBuffer to = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
        to.putLong(parcel.id);
        putText(parcel.sender, to);
        to.putLong(parcel.sent.getEpochSecond()).putInt(parcel.sent.getNano());
        int tags = to.position();
        to.put((byte) 0).put((byte) parcel.tags.size());
        parcel.tags.forEach(tag -> putText(tag, to));
        endRun(tags, to);
        int address = to.position();
        to.put((byte) 0);
        putText(parcel.to.street, to);
        putText(parcel.to.city, to);
        to.putInt(parcel.to.zip);
        endRun(address, to);
        to.putInt(parcel.grams);
        byte[] bytes = new byte[to.position()];
        to.flip().get(bytes);
        return bytes;
    }

    private static void putText(String text, ByteBuffer to) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        to.put((byte) utf8.length).put(utf8); // all are shorter than 128
    }

    private static void endRun(int place, ByteBuffer to) {
        to.put(place, (byte) (to.position() - place - 1));
    }

    private static Parcel read(ByteReader from) {
        long id = from.getLong();
        String sender = from.getUtf8();
        Instant sent = Instant.ofEpochSecond(from.getLong(), from.getInt());
        from.getVarInt(); // the bytes of the list
        int count = from.getVarInt();
        List<String> tags = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            tags.add(from.getUtf8());
        }
        from.getVarInt(); // the bytes of the address
        Address to = new Address(from.getUtf8(), from.getUtf8(), from.getInt());
        return new Parcel(id, sender, sent, Collections.unmodifiableList(tags), to, from.getInt());
    }

    /** Decodes an array that contains a parcel, without the library. */
    public static Parcel decoded(byte[] bytes) {
        ByteBuffer from = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long id = from.getLong();
        String sender = text(from);
        Instant sent = Instant.ofEpochSecond(from.getLong(), from.getInt());
        length(from);
        int count = length(from);
        List<String> tags = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            tags.add(text(from));
        }
        length(from);
        Address to = new Address(text(from), text(from), from.getInt());
        return new Parcel(id, sender, sent, Collections.unmodifiableList(tags), to, from.getInt());
    }

    private static String text(ByteBuffer from) {
        int length = length(from);
        int at = from.position();
        from.position(at + length);
        return new String(from.array(), from.arrayOffset() + at, length, StandardCharsets.UTF_8);
    }

    private static int length(ByteBuffer from) {
        int length = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = from.get();
            length |= (next & 0x7F) << shift;
            if (next >= 0) {
                return length;
            }
        }
    }
}
