package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;

/** How keys lie in a table that holds them without having grown. */
record Spread(long longestChain, double bucketsProbed, double chiSquareOfTopBytes) {
    static Spread of(HashTable table, long[] hashes) {
        long array = table.field(HmapLayout.BUCKETS);
        long chains = table.stats().buckets();
        long longest = 0;
        long probes = 0;
        for (long chain = 0; chain < chains; chain++) {
            long buckets = 0;
            long bucket = array + chain * table.bucketBytes;
            for (; bucket != 0; bucket = table.overflow(bucket)) {
                buckets++;
                probes += buckets * Long.bitCount(Tophash.filled(table.tops(bucket)));
            }
            longest = Math.max(longest, buckets);
        }
        int[] topBytes = new int[256];
        for (long hash : hashes) {
            topBytes[(int) (hash >>> 56)]++;
        }
        double expected = hashes.length / 256.0;
        double chiSquare = Arrays.stream(topBytes)
                .mapToDouble(count -> (count - expected) * (count - expected) / expected)
                .sum();
        return new Spread(longest, (double) probes / table.size(), chiSquare);
    }

    void assertNoWorseThan(Spread random) {
        assertThat(longestChain).isLessThanOrEqualTo(2 * random.longestChain);
        assertThat(bucketsProbed).isLessThan(1.1 * random.bucketsProbed);
        assertThat(chiSquareOfTopBytes)
                .as("of 256 top bytes, 255 on average, with a standard deviation of 23")
                .isLessThan(450);
    }
}
