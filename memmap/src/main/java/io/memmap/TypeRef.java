package io.memmap;

import java.lang.reflect.AnnotatedParameterizedType;
import java.lang.reflect.AnnotatedType;

/**
 * Names a Java type with its type arguments, which a {@link Class} cannot. It is used through an
 * anonymous subclass:
 *
 * <pre>{@code
 * record Pair<A, B>(A first, B second) {}
 *
 * Type<Pair<String, Long>> type = Type.of(new TypeRef<Pair<String, Long>>() {});
 * }</pre>
 *
 * @param <T> the Java type
 * @see Type#of(TypeRef)
 */
public abstract class TypeRef<T> {
    private final AnnotatedType type;

    /**
     * For a subclass that states the type argument.
     *
     * @throws IllegalStateException if the subclass does not extend this class directly, with a
     *     type argument
     */
    protected TypeRef() {
        if (getClass().getSuperclass() != TypeRef.class
                || !(getClass().getAnnotatedSuperclass() instanceof AnnotatedParameterizedType superclass)) {
            throw new IllegalStateException(getClass().getName()
                    + " must extend TypeRef directly, with a type argument, as in new TypeRef<List<String>>() {}");
        }
        type = superclass.getAnnotatedActualTypeArguments()[0];
    }

    /** Returns the Java type, with its annotations. */
    final AnnotatedType type() {
        return type;
    }

    /**
     * Returns the Java type as a program writes it.
     *
     * @return the name of the type
     */
    @Override
    public final String toString() {
        return type.getType().getTypeName();
    }
}
