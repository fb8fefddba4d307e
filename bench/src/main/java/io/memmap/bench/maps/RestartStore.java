package io.memmap.bench.maps;

import java.nio.charset.StandardCharsets;

/**
 * A map in a file, from longs to longs or from strings to strings. Entries have numbers, which
 * determine their keys and values.
 */
public interface RestartStore extends AutoCloseable {
    /** Puts the entries with the numbers in {@code [from, to)}. */
    void put(int from, int to);

    /** Returns whether the map has the entry with this number, with its value. */
    boolean has(int number);

    long size();

    /** Returns the time that the store says it took to open and repair the file; 0 if it says nothing. */
    default long openingNanos() {
        return 0;
    }

    @Override
    void close();

    /** Returns the key of an entry in a map of longs. */
    static long key(int number) {
        return Keys.at(number);
    }

    /** Returns the key of an entry in a map of strings: 16 to 32 characters. */
    static String text(int number) {
        return TextKeys.range(number, 1).strings()[0];
    }

    /** Returns the value of an entry in a map of strings: 24 characters. */
    static String textValue(int number) {
        return "value of the entry " + (10_000 + number % 90_000);
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
