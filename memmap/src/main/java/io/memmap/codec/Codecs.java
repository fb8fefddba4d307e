package io.memmap.codec;

import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.ToLongFunction;

/**
 * The codecs of all types except records and maps. Records have a codec of their own,
 * {@link RecordCodec}.
 */
public final class Codecs {
    private Codecs() {}

    /** A codec of numbers, booleans, characters and pointers. */
    public record Word<T>(int bytes, ToLongFunction<T> to, LongFunction<T> from) implements Codec.OfWord<T> {
        @Override
        public long toWord(T object) {
            return to.applyAsLong(object);
        }

        @Override
        public T fromWord(long word) {
            return from.apply(word);
        }

        @Override
        public void encode(T object, EncodedBytes to) {
            Mem.setLong(to.own(Long.BYTES), 0, toWord(object)); // little-endian: low bytes first
            to.length = bytes;
        }

        @Override
        public T decode(EncodedBytes from) {
            return fromWord(Mem.getWord(from.bytes, from.from, bytes));
        }

        @Override
        public void append(T object, EncodedBytes to) {
            int at = to.append(bytes);
            Mem.setWord(to.bytes, at, bytes, toWord(object));
        }

        @Override
        public T read(ByteCursor from, int length) {
            return fromWord(Mem.getWord(from.bytes, from.take(bytes), bytes));
        }

        @Override
        public boolean runsCallersCode() {
            return false;
        }
    }

    /** A codec of UUIDs. It stores two words, the most significant one first. */
    public static final class OfUuid implements Codec<UUID> {
        public static final int BYTES = 16;

        @Override
        public void encode(UUID object, EncodedBytes to) {
            byte[] bytes = to.own(BYTES);
            Mem.setLong(bytes, 0, object.getMostSignificantBits());
            Mem.setLong(bytes, Long.BYTES, object.getLeastSignificantBits());
        }

        @Override
        public UUID decode(EncodedBytes from) {
            return new UUID(Mem.getLong(from.bytes, from.from), Mem.getLong(from.bytes, from.from + Long.BYTES));
        }

        @Override
        public void append(UUID object, EncodedBytes to) {
            to.appendLong(object.getMostSignificantBits());
            to.appendLong(object.getLeastSignificantBits());
        }

        @Override
        public UUID read(ByteCursor from, int length) {
            return new UUID(from.readLong(), from.readLong());
        }

        @Override
        public boolean runsCallersCode() {
            return false;
        }
    }

    /**
     * A codec of instants. It stores the seconds since the epoch, and the nanoseconds within the
     * second.
     */
    public static final class OfInstant implements Codec<Instant> {
        public static final int BYTES = 12;

        @Override
        public void encode(Instant object, EncodedBytes to) {
            byte[] bytes = to.own(BYTES);
            Mem.setLong(bytes, 0, object.getEpochSecond());
            Mem.setInt(bytes, Long.BYTES, object.getNano());
        }

        @Override
        public Instant decode(EncodedBytes from) {
            return Instant.ofEpochSecond(
                    Mem.getLong(from.bytes, from.from), Mem.getInt(from.bytes, from.from + Long.BYTES));
        }

        @Override
        public void append(Instant object, EncodedBytes to) {
            to.appendLong(object.getEpochSecond());
            to.appendInt(object.getNano());
        }

        @Override
        public Instant read(ByteCursor from, int length) {
            return Instant.ofEpochSecond(from.readLong(), from.readInt());
        }

        @Override
        public boolean runsCallersCode() {
            return false;
        }
    }

    /** A codec of strings in UTF-8. */
    public static final class OfUtf8 implements Codec<String> {
        /**
         * The most bytes that one char needs. A surrogate pair needs four bytes for its two chars.
         */
        private static final int MAX_BYTES_PER_CHAR = 3;

        @Override
        public void encode(String object, EncodedBytes to) {
            int length = object.length();
            byte[] bytes = to.own(length);
            char[] chars = to.chars();
            for (int start = 0; start < length; start += chars.length) {
                int end = Math.min(start + chars.length, length);
                // One copy is faster than a charAt for each char: 12 ns instead of 15 for 24 chars.
                object.getChars(start, end, chars, 0);
                int all = 0;
                for (int i = start; i < end; i++) {
                    char c = chars[i - start];
                    all |= c;
                    bytes[i] = (byte) c;
                }
                if (all >= 0x80) {
                    encodeFrom(start, object, to);
                    return;
                }
            }
        }

        @Override
        public void append(String object, EncodedBytes to) {
            int length = object.length();
            int at = to.append(length);
            byte[] bytes = to.bytes;
            for (int i = 0; i < length; i++) {
                char c = object.charAt(i);
                if (c >= 0x80) {
                    to.length = at;
                    Codec.super.append(object, to);
                    return;
                }
                bytes[at + i] = (byte) c;
            }
        }

        @Override
        public String read(ByteCursor from, int length) {
            return new String(from.bytes, from.take(length), length, StandardCharsets.UTF_8);
        }

        /** Encodes a string whose chars before {@code start} are ASCII and are already encoded. */
        private static void encodeFrom(int start, String string, EncodedBytes to) {
            byte[] bytes = to.extend(room(start, string));
            int at = start;
            for (int i = start; i < string.length(); i++) {
                int codePoint = string.charAt(i);
                if (Character.isSurrogate((char) codePoint)) {
                    codePoint = string.codePointAt(i);
                    if (codePoint <= Character.MAX_VALUE || Character.isLowSurrogate(string.charAt(i))) {
                        throw new IllegalArgumentException("unpaired surrogate at index " + i + " of a string of "
                                + string.length() + " chars: it has no UTF-8 encoding");
                    }
                    i++;
                }
                if (codePoint < 0x80) {
                    bytes[at++] = (byte) codePoint;
                } else if (codePoint < 0x800) {
                    bytes[at++] = (byte) (0xC0 | (codePoint >> 6));
                    bytes[at++] = (byte) (0x80 | (codePoint & 0x3F));
                } else if (codePoint < 0x10000) {
                    bytes[at++] = (byte) (0xE0 | (codePoint >> 12));
                    bytes[at++] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
                    bytes[at++] = (byte) (0x80 | (codePoint & 0x3F));
                } else {
                    bytes[at++] = (byte) (0xF0 | (codePoint >> 18));
                    bytes[at++] = (byte) (0x80 | ((codePoint >> 12) & 0x3F));
                    bytes[at++] = (byte) (0x80 | ((codePoint >> 6) & 0x3F));
                    bytes[at++] = (byte) (0x80 | (codePoint & 0x3F));
                }
            }
            to.length = at;
        }

        /**
         * Returns an upper bound of the bytes that the string needs. Its chars before {@code start}
         * are ASCII.
         */
        private static int room(int start, String string) {
            long room = start + (long) MAX_BYTES_PER_CHAR * (string.length() - start);
            if (room <= EncodedBytes.MAX_BYTES) {
                return (int) room;
            }
            room = 0; // exact, except that a surrogate pair counts as six
            for (int i = 0; i < string.length(); i++) {
                char c = string.charAt(i);
                room += c < 0x80 ? 1 : c < 0x800 ? 2 : MAX_BYTES_PER_CHAR;
            }
            if (room > EncodedBytes.MAX_BYTES) {
                throw new IllegalArgumentException(
                        "a string must have at most " + EncodedBytes.MAX_BYTES + " bytes of UTF-8: " + room);
            }
            return (int) room;
        }

        @Override
        public String decode(EncodedBytes from) {
            return new String(from.bytes, from.from, from.length, StandardCharsets.UTF_8);
        }

        @Override
        public boolean runsCallersCode() {
            return false;
        }
    }

    /** A codec of byte arrays. The map stores a copy, and each read returns a new copy. */
    public static final class OfBytes implements Codec<byte[]> {
        @Override
        public void encode(byte[] object, EncodedBytes to) {
            to.lend(object, 0, object.length);
        }

        @Override
        public void append(byte[] object, EncodedBytes to) {
            to.appendBytes(object, 0, object.length);
        }

        @Override
        public byte[] read(ByteCursor from, int length) {
            return from.readBytes(length);
        }

        @Override
        public byte[] decode(EncodedBytes from) {
            return Arrays.copyOfRange(from.bytes, from.from, from.from + from.length);
        }

        @Override
        public byte[] decodeAt(MemorySegment memory, long address, int length) {
            byte[] copy = new byte[length];
            Mem.copyOut(memory, address, copy, length);
            return copy;
        }

        @Override
        public boolean runsCallersCode() {
            return false;
        }

        @Override
        public boolean hashesIdentity() {
            return true;
        }
    }

    /** A codec of segments that have a struct's size. */
    public record Struct(StructShape shape) implements Codec<MemorySegment> {
        @Override
        public void encode(MemorySegment object, EncodedBytes to) {
            if (object.byteSize() != shape.bytes()) {
                throw new IllegalArgumentException("a segment of " + shape.name() + " must have " + shape.bytes()
                        + " bytes: " + object.byteSize());
            }
            byte[] bytes = to.own(shape.bytes());
            MemorySegment.copy(object, ValueLayout.JAVA_BYTE, 0, bytes, 0, shape.bytes());
            shape.clearPadding(bytes);
        }

        @Override
        public MemorySegment decode(EncodedBytes from) {
            MemorySegment copy = blank(from.length);
            MemorySegment.copy(from.bytes, from.from, copy, ValueLayout.JAVA_BYTE, 0, from.length);
            return copy;
        }

        @Override
        public void clearPadding(MemorySegment object) {
            shape.clearPadding(object);
        }

        /** Returns a segment of zeros in the Java heap, aligned to 8 bytes. */
        static MemorySegment blank(int bytes) {
            return MemorySegment.ofArray(new long[(bytes + Long.BYTES - 1) / Long.BYTES])
                    .asSlice(0, bytes);
        }

        @Override
        public boolean runsCallersCode() {
            return false;
        }

        @Override
        public boolean hashesIdentity() {
            return true;
        }
    }

    /**
     * A codec of the caller's own objects. The caller's functions read and write a segment. Each
     * call gets a new segment, which the functions may keep.
     */
    public record Custom<T>(
            Struct struct,
            Function<? super MemorySegment, ? extends T> reader,
            BiConsumer<? super MemorySegment, ? super T> writer)
            implements Codec<T> {
        @Override
        public void encode(T object, EncodedBytes to) {
            MemorySegment segment = Struct.blank(struct.shape().bytes());
            writer.accept(segment, object);
            struct.encode(segment, to);
        }

        @Override
        public T decode(EncodedBytes from) {
            return reader.apply(struct.decode(from));
        }

        @Override
        public void clearPadding(MemorySegment object) {
            struct.clearPadding(object);
        }

        @Override
        public boolean runsCallersCode() {
            return true;
        }
    }
}
