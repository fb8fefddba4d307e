package io.memmap.bench.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class DigestTest {
    private static long digest(List<long[]> entries) {
        long digest = 0;
        for (long[] entry : entries) {
            digest = Digest.add(digest, entry[0], entry[1]);
        }
        return digest;
    }

    private static List<long[]> entries() {
        List<long[]> entries = new ArrayList<>();
        for (long key = -500; key < 500; key++) {
            entries.add(new long[] {key, key & 7});
        }
        return entries;
    }

    @Test
    void theOrderOfEntriesDoesNotMatter() {
        List<long[]> shuffled = entries();
        Collections.shuffle(shuffled, new Random(1));
        assertThat(digest(shuffled)).isEqualTo(digest(entries()));
    }

    @Test
    void everyKeyAndValueMatters() {
        long whole = digest(entries());
        for (int i = 0; i < 1000; i++) {
            List<long[]> otherKey = entries();
            otherKey.get(i)[0] += 1000;
            List<long[]> otherValue = entries();
            otherValue.get(i)[1]++;
            assertThat(digest(otherKey)).isNotEqualTo(whole);
            assertThat(digest(otherValue)).isNotEqualTo(whole);
        }
    }

    @Test
    void swappedValuesChangeTheDigest() {
        List<long[]> swapped = new ArrayList<>(entries());
        swapped.set(0, new long[] {-500, swapped.get(1)[1]});
        swapped.set(1, new long[] {-499, entries().getFirst()[1]});
        assertThat(digest(swapped)).isNotEqualTo(digest(entries()));
    }
}
