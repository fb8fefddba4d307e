package io.memmap.codec;

import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A codec of objects that may be absent. The first byte is 1 if there is an object, and else 0.
 * Then the object's bytes follow. If objects have a fixed size, the bytes of an absent one are 0;
 * otherwise an absent one has none.
 *
 * @param <T> the class that can say that an object is absent
 * @param <P> the class of the object
 */
public abstract class MaybeCodec<T, P> implements Codec.Appending<T> {
    private final String type;
    final Part<P> part;

    private MaybeCodec(String type, Part<P> part) {
        this.type = type;
        this.part = part;
    }

    /** Returns the object, or null if it is absent. */
    abstract @Nullable P partOf(T object);

    abstract T of(@Nullable P object);

    @Override
    public String type() {
        return type;
    }

    /** Returns the number of bytes of each object; negative if objects vary in size. */
    public int bytes() {
        return part.isVariable() ? part.bytes() : 1 + part.bytes();
    }

    /** Returns the floating-point fields of an object of a fixed size. */
    public List<StructShape.FloatField> floats() {
        return part.floats().stream()
                .map(field -> new StructShape.FloatField(1 + field.offset(), field.bytes(), field.littleEndian()))
                .toList();
    }

    @Override
    public void append(T object, EncodedBytes to) {
        P present = partOf(object);
        to.appendByte(present == null ? 0 : 1);
        if (present != null) {
            part.codec().append(present, to);
        } else if (!part.isVariable()) {
            int at = to.append(part.bytes());
            Arrays.fill(to.bytes, at, at + part.bytes(), (byte) 0);
        }
    }

    @Override
    public T read(ByteCursor from, int length) {
        if (from.readByte() != 0) {
            return of(part.codec().read(from, length - 1));
        }
        if (!part.isVariable()) {
            from.take(part.bytes());
        }
        return of(null);
    }

    @Override
    public void clearPadding(MemorySegment object) {
        if (part.isVariable()) {
            return;
        }
        if (Mem.getByte(object, 0) == 0) {
            Mem.zero(object, 1, part.bytes());
        } else {
            Mem.setByte(object, 0, 1);
            part.codec().clearPadding(object.asSlice(1));
        }
    }

    @Override
    public boolean runsCallersCode() {
        return part.codec().runsCallersCode();
    }

    @Override
    public boolean hashesIdentity() {
        return part.codec().hashesIdentity();
    }

    /** A codec of optionals. */
    public static final class OfOptional<P> extends MaybeCodec<Optional<P>, P> {
        public OfOptional(String type, Part<P> part) {
            super(type, part);
        }

        @Override
        @Nullable
        P partOf(Optional<P> object) {
            return object.orElse(null);
        }

        @Override
        Optional<P> of(@Nullable P object) {
            return Optional.ofNullable(object);
        }

        @Override
        public boolean accepts(Object object) {
            return ((Optional<?>) object).isEmpty() || part.accepts(((Optional<?>) object).get());
        }
    }

    /** A codec of objects and null. */
    @SuppressWarnings("NullAway") // the class has no way to say that T includes null
    public static final class OfNullable<P> extends MaybeCodec<P, P> {
        public OfNullable(String type, Part<P> part) {
            super(type, part);
        }

        @Override
        @Nullable
        P partOf(P object) {
            return object;
        }

        @Override
        P of(@Nullable P object) {
            return object;
        }

        @Override
        public boolean accepts(Object object) {
            return part.codec().accepts(object);
        }

        @Override
        public boolean acceptsNull() {
            return true;
        }
    }
}
