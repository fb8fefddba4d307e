package io.memmap;

import io.memmap.codec.ByteCursor;
import io.memmap.codec.Codec;
import io.memmap.codec.EncodedBytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The codec of the caller's own objects, which the caller's code encodes to any number of bytes. */
record CustomCodec<T>(String type, Type.Encoder<? super T> encoder, Type.Decoder<? extends T> decoder)
        implements Codec.Appending<T> {
    @Override
    public void append(T object, EncodedBytes to) {
        ByteWriter writer = new ByteWriter(type, to);
        try {
            encoder.encode(object, writer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            writer.owner = null; // not by a call: the stack may be at its end
        }
    }

    @Override
    public T decode(EncodedBytes from) {
        ByteCursor cursor = new ByteCursor(type, from);
        T object = read(cursor, from);
        cursor.requireEnd();
        return object;
    }

    @Override
    public T read(ByteCursor from, int length) {
        return read(from, null);
    }

    private T read(ByteCursor from, @Nullable EncodedBytes holder) {
        ByteReader reader = new ByteReader(from, holder);
        try {
            return Objects.requireNonNull(decoder.decode(reader), () -> "the decoder of a " + type + " returned null");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            reader.owner = null; // not by a call: the stack may be at its end
        }
    }

    @Override
    public boolean runsCallersCode() {
        return true;
    }
}
