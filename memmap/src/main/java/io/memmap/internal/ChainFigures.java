package io.memmap.internal;

/**
 * What a walk along some chains has found.
 *
 * @param chains how many
 * @param longest buckets in the longest
 * @param entries in all
 * @param squares the sum of the squares of each one's entries
 */
public record ChainFigures(long chains, long longest, long entries, long squares) {
    /** No chain. */
    public static final ChainFigures NONE = new ChainFigures(0, 0, 0, 0);

    /** Returns what both have found together. */
    public ChainFigures plus(ChainFigures other) {
        return new ChainFigures(
                chains + other.chains,
                Math.max(longest, other.longest),
                entries + other.entries,
                squares + other.squares);
    }
}
