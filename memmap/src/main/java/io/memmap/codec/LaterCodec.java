package io.memmap.codec;

import org.jspecify.annotations.Nullable;

/**
 * The codec of a type where it is a part of itself. It stands for the codec that is made when the
 * codecs of all parts are known.
 *
 * @param <T> the class of the objects
 */
public final class LaterCodec<T> implements Codec<T> {
    private @Nullable Codec<T> made;

    /** Sets the codec that this one stands for, before the first use. */
    @SuppressWarnings("unchecked") // the classes of the objects are known at run time only
    public void set(Codec<?> codec) {
        made = (Codec<T>) codec;
    }

    @SuppressWarnings("NullAway") // set before the first use
    private Codec<T> made() {
        return made;
    }

    @Override
    public void encode(T object, EncodedBytes to) {
        made().encode(object, to);
    }

    @Override
    public void append(T object, EncodedBytes to) {
        made().append(object, to);
    }

    @Override
    public T decode(EncodedBytes from) {
        return made().decode(from);
    }

    @Override
    public T read(ByteCursor from, int length) {
        return made().read(from, length);
    }

    @Override
    public boolean runsCallersCode() {
        return true;
    }

    /** The other parts of the type decide, as this one is among them. */
    @Override
    public boolean hashesIdentity() {
        return false;
    }
}
