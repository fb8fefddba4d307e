package io.memmap;

import io.memmap.format.Mem;
import io.memmap.format.Tophash;
import java.util.function.LongConsumer;

/**
 * The slots of a bounded table, by the nodes of their entries. The number of a node is the last
 * part of a slot, behind the value.
 */
final class NodeSlots {
    private final HashTable table;

    NodeSlots(HashTable table) {
        this.table = table;
    }

    /** Returns the node of the entry in this filled slot. */
    int nodeAt(long slot) {
        return Mem.getInt(table.mem, address(slot));
    }

    void setNode(long slot, int node) {
        Mem.setInt(table.mem, address(slot), node);
    }

    private long address(long slot) {
        return table.valueAddress(slot) + table.valueBytes - Budget.SLOT_BYTES;
    }

    /** Removes the entry with this hash and this node. Passes its slot to {@code before} first. */
    void remove(long hash, int node, LongConsumer before) {
        table.beginWrite();
        long chain = table.chainForWrite(hash);
        long slot = slotInChain(chain, node);
        before.accept(slot);
        table.remove(chain, slot);
        table.endWrite();
    }

    /** Replaces the node of the entry with this hash and this node by another node. */
    void renumber(long hash, int node, int another) {
        setNode(slotOf(hash, node), another);
    }

    /** Returns the slot of the entry with this hash and this node. */
    long slotOf(long hash, int node) {
        return slotInChain(table.chain(hash, table.state()), node);
    }

    private long slotInChain(long chain, int node) {
        for (long bucket = chain; bucket != 0; bucket = table.overflow(bucket)) {
            for (long rest = Tophash.filled(table.tops(bucket)); rest != 0; rest &= rest - 1) {
                long slot = bucket + Tophash.lowest(rest);
                if (nodeAt(slot) == node) {
                    return slot;
                }
            }
        }
        throw new IllegalStateException("no entry of its chain has node " + node);
    }
}
