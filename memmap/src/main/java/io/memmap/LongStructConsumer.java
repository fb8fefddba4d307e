package io.memmap;

/**
 * An action on the entries of a map from long keys to structs.
 *
 * @param <S> how the action may use a struct: {@link StructRef} to read and write it,
 *     {@link StructView} to read it
 */
@FunctionalInterface
public interface LongStructConsumer<S extends StructView> {
    /**
     * Performs the action on an entry.
     *
     * @param key the key
     * @param struct a reference to the struct, which the next entry uses again
     */
    void accept(long key, S struct);
}
