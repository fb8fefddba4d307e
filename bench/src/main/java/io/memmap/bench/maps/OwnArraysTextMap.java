package io.memmap.bench.maps;

/**
 * A map in the Java heap from strings to byte arrays. Each key has its own array, and an update
 * changes it in place.
 */
abstract class OwnArraysTextMap extends StringMap {
    /** Sets the value of a key to this array without a copy. */
    abstract void set(String key, byte[] own);

    @Override
    final void put(String key) {
        set(key, value.clone());
    }

    @Override
    final boolean update(byte[] bytes, int from, int length, long word) {
        byte[] found = get(key(bytes, from, length));
        if (found == null) {
            return false;
        }
        TextValues.setFirstWord(found, word);
        return true;
    }

    @Override
    public final void close() {}
}
