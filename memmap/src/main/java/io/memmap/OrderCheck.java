package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.format.BlockKind;
import io.memmap.format.HmapLayout;
import java.util.Arrays;

/** Recomputes the invariants T1 to T5 of {@link OrderTree} from the memory of one map. */
final class OrderCheck extends InvariantCheck {
    private final OrderTree tree;
    private int height;
    private long count;
    private long nodes;
    private final EncodedBytes last = new EncodedBytes();
    private boolean hasLast;
    private long keys;
    private long found;

    OrderCheck(HashTable table, OrderTree tree) {
        super(table);
        this.tree = tree;
    }

    /**
     * Checks the invariants of the index.
     *
     * @throws IllegalStateException if one is broken: the message names the invariant and the place
     */
    void check() {
        require(
                heap.isBlock(table.field(HmapLayout.ORDER), BlockKind.ORDER),
                "T1",
                "order points to no header: " + table.field(HmapLayout.ORDER));
        tree.check(this);
        requireEqual(keys, count, "T2", "the number of keys in the leaves");
        requireEqual(found, nodes, "T2", "the number of nodes");
        boolean isReady = tree.isReady();
        if (isReady) {
            requireEqual(count, table.field(HmapLayout.COUNT), "T2", "the number of keys in the index");
        }
        long[] held = {0};
        table.forEachSlot(slot -> {
            boolean holds = tree.holds(slot);
            held[0] += holds ? 1 : 0;
            require(holds || !isReady, "T5", "the index does not name the key of the slot @" + slot);
        });
        requireEqual(held[0], count, "T5", "the number of slots whose key the index has");
    }

    /** Begins with a tree whose header states these numbers. */
    void begin(int statedHeight, long statedCount, long statedNodes) {
        height = statedHeight;
        count = statedCount;
        nodes = statedNodes;
    }

    void node(long node, boolean hasLevel, int entries, int level, int capacity) {
        found++;
        boolean isRoot = level == height;
        int least = isRoot ? (level == 0 ? 0 : 2) : 1;
        require(heap.isBlock(node, BlockKind.ORDER), "T1", "no block is at the node @" + node);
        require(hasLevel, "T1", "the node @" + node + " is not of level " + level);
        require(
                entries >= least && entries <= capacity,
                "T1",
                "the node @" + node + " of level " + level + " has " + entries + " entries");
    }

    void key(long node, int index, boolean isRight, EncodedBytes key) {
        require(isRight, "T3", "prefix or word of key " + index + " of the node @" + node + " is wrong");
        require(
                !hasLast || Arrays.compareUnsigned(last.bytes, 0, last.length, key.bytes, 0, key.length) < 0,
                "T2",
                "key " + index + " of the node @" + node + " is not greater than the one before");
        System.arraycopy(key.bytes, 0, last.own(key.length), 0, key.length);
        hasLast = true;
        keys++;
    }

    void child(long node, int index, boolean isRight) {
        require(isRight, "T4", "the word of child " + index + " of the node @" + node + " is wrong");
    }

    EncodedBytes lastKey() {
        return last;
    }
}
