package io.memmap;

import io.memmap.format.HmapLayout;
import org.jspecify.annotations.Nullable;

/**
 * Recomputes the invariants of a map that its geometry does not change: those of the header, and of
 * the fields that a handle has cached. A subclass adds the invariants of the entries.
 */
abstract class InvariantCheck {
    final HashTable table;
    final NativeHeap heap;
    final long state;

    InvariantCheck(HashTable table) {
        this.table = table;
        heap = table.heap();
        state = table.state();
    }

    /** Checks I11, I12, I14 and I15. */
    final void checkHeader() {
        require((state & HmapLayout.WRITING) == 0, "I11", "the writing flag is set");
        requireIntact(HeaderCheck.faultInConstants(heap, table.hmap));
        requireIntact(HeaderCheck.fault(heap, table.hmap, table.type));
        requireEqual(table.field(HmapLayout.STAMP), table.stamp(), "I12", "stamp");
        if (table.stamp() != 0) {
            requireEqual(
                    table.field(HmapLayout.LIMIT), TableArrays.limit(table.slots, table.load, state), "I12", "limit");
        }
        if (table.isCurrent()) {
            requireEqual(table.cachedArray, table.field(HmapLayout.BUCKETS), "I15", "the cached array");
            requireEqual(table.cachedMask, table.indexMask(HmapLayout.b(state)), "I15", "the cached mask");
            requireEqual(table.cachedSeed, table.seed(), "I15", "the cached seed");
            requireEqual(table.cachedFlip, table.flip(), "I15", "the cached flip");
            requireEqual(table.cachedLimit, table.field(HmapLayout.LIMIT), "I15", "the cached limit");
        }
    }

    private void requireIntact(@Nullable String fault) {
        if (fault != null) {
            throw broken("I14", fault);
        }
    }

    final void requireEqual(long actual, long expected, String invariant, String what) {
        if (actual != expected) {
            throw broken(invariant, what + " is " + actual + ", expected " + expected);
        }
    }

    final void require(boolean holds, String invariant, String message) {
        if (!holds) {
            throw broken(invariant, message);
        }
    }

    final IllegalStateException broken(String invariant, String message) {
        return new IllegalStateException(invariant + " broken in " + table.type + "@" + table.hmap + ": " + message);
    }
}
