package io.memmap.jcache;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.memmap.Type;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputFilter;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.ObjectStreamClass;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Turns objects of any class into bytes. Java serialization makes the bytes, except for those of
 * strings, longs, integers and byte arrays, for which it is slow. The first byte tells them apart.
 */
final class Serials {
    private static final byte SERIALIZED = 0;
    private static final byte LONG = 1;
    private static final byte INTEGER = 2;
    private static final byte BYTES = 3;
    /** A string whose chars are at most 0xFF, one byte each. */
    private static final byte NARROW_STRING = 4;
    /** A string of any chars, two bytes each. */
    private static final byte WIDE_STRING = 5;

    private static final char LAST_NARROW = 0xFF;

    private final ClassLoader loader;
    private final @Nullable ObjectInputFilter filter;

    Serials(ClassLoader loader, @Nullable ObjectInputFilter filter) {
        this.loader = loader;
        this.filter = filter;
    }

    Form<Object, byte[]> forKeys() {
        return new Serial(true);
    }

    Form<Object, byte[]> forValues() {
        return new Serial(false);
    }

    private final class Serial implements Form<Object, byte[]> {
        private final boolean isKey;

        Serial(boolean isKey) {
            this.isKey = isKey;
        }

        @Override
        public Type<byte[]> type() {
            return Type.BYTES;
        }

        @Override
        public byte[] store(Object object) {
            return switch (object) {
                case Long number -> bytes(LONG, Long.BYTES, to -> to.putLong(number));
                case Integer number -> bytes(INTEGER, Integer.BYTES, to -> to.putInt(number));
                case byte[] array -> bytes(BYTES, array.length, to -> to.put(array));
                case String string -> ofString(string);
                default -> serialize(object, isKey);
            };
        }

        @Override
        public Object load(byte[] stored) {
            ByteBuffer from = ByteBuffer.wrap(stored, 1, stored.length - 1);
            return switch (stored[0]) {
                case LONG -> from.getLong();
                case INTEGER -> from.getInt();
                case BYTES -> rest(from);
                case NARROW_STRING -> new String(stored, 1, stored.length - 1, ISO_8859_1);
                case WIDE_STRING -> from.asCharBuffer().toString();
                default -> deserialize(stored);
            };
        }
    }

    /** Returns a byte for the kind, and behind it the bytes that a function fills in. */
    private static byte[] bytes(byte kind, int length, Consumer<ByteBuffer> fill) {
        byte[] made = new byte[1 + length];
        made[0] = kind;
        fill.accept(ByteBuffer.wrap(made, 1, length).slice());
        return made;
    }

    private static byte[] rest(ByteBuffer from) {
        byte[] bytes = new byte[from.remaining()];
        from.get(bytes);
        return bytes;
    }

    private static byte[] ofString(String string) {
        for (int i = 0; i < string.length(); i++) {
            if (string.charAt(i) > LAST_NARROW) {
                int length = Math.multiplyExact(string.length(), Character.BYTES);
                // A charset would lose an unpaired surrogate.
                return bytes(WIDE_STRING, length, to -> to.asCharBuffer().put(string));
            }
        }
        return bytes(NARROW_STRING, string.length(), to -> to.put(string.getBytes(ISO_8859_1)));
    }

    private static byte[] serialize(Object object, boolean isKey) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(SERIALIZED);
        try (ObjectOutputStream out = isKey ? new KeyOutput(bytes) : new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        } catch (IOException e) {
            throw new CacheException(
                    "an object of " + object.getClass() + " cannot be serialized: make it Serializable, or set a Type"
                            + " in a MemmapConfiguration",
                    e);
        }
        return bytes.toByteArray();
    }

    private Object deserialize(byte[] stored) {
        try (ObjectInputStream in = new Input(new ByteArrayInputStream(stored, 1, stored.length - 1))) {
            if (filter != null) {
                in.setObjectInputFilter(filter);
            }
            return in.readObject();
        } catch (IOException | ClassNotFoundException e) {
            throw new CacheException("a serialized object cannot be read, with the class loader " + loader, e);
        }
    }

    /**
     * Makes the bytes of equal keys equal. Serialization writes an object once and then refers to
     * it, so a key with one string twice has other bytes than a key with two equal strings. This
     * stream takes equal strings, numbers, characters, booleans and UUIDs as one object.
     */
    private static final class KeyOutput extends ObjectOutputStream {
        private final Map<Object, Object> firsts = new HashMap<>();

        KeyOutput(OutputStream out) throws IOException {
            super(out);
            enableReplaceObject(true);
        }

        @Override
        protected Object replaceObject(Object object) {
            return switch (object) {
                case String _, Number _, Boolean _, Character _, UUID _ -> {
                    Object first = firsts.putIfAbsent(object, object);
                    yield first == null ? object : first;
                }
                default -> object;
            };
        }
    }

    /** Finds classes by the class loader of the cache manager, then by that of the thread. */
    private final class Input extends ObjectInputStream {
        Input(ByteArrayInputStream in) throws IOException {
            super(in);
        }

        @Override
        protected Class<?> resolveClass(ObjectStreamClass description) throws IOException, ClassNotFoundException {
            String name = description.getName();
            try {
                return Class.forName(name, false, loader);
            } catch (ClassNotFoundException e) {
                ClassLoader ofThread = Thread.currentThread().getContextClassLoader();
                if (ofThread != null) {
                    try {
                        return Class.forName(name, false, ofThread);
                    } catch (ClassNotFoundException other) {
                        e.addSuppressed(other);
                    }
                }
                return super.resolveClass(description); // knows the primitive classes
            }
        }
    }
}
