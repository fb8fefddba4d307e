package io.memmap.bench.maps;

/** A map in the Java heap of strings to byte arrays of their own, which an update changes where they are. */
abstract class OwnArraysTextMap extends StringMap {
    /** Sets the value of a key to this array itself. */
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
