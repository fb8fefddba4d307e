package io.memmap;

import io.memmap.memory.Mem;

/** The probe for keys of 32 bits: Go's fast32. */
abstract class IntTable extends HashTable {
    /** The nil map of this type. */
    IntTable(MapType type) {
        super(type);
    }

    /** A handle of the map whose header is at {@code hmap}. */
    IntTable(NativeHeap heap, long hmap) {
        super(heap, hmap);
    }

    /** Returns the hash of a key under the seed in this state word. */
    final long hash(int key, long state) {
        return Hash.ofLong(key, seed(state), multiplicand0, multiplicand1);
    }

    /** Returns the address of the key's value, or 0 if it is absent. */
    final long find(int key) {
        long slot = findSlot(key);
        return slot == 0 ? 0 : valueAddress(slot);
    }

    /** Returns the key's slot, or 0 if it is absent. */
    final long findSlot(int key) {
        if (!beginRead()) {
            return 0;
        }
        long state = state();
        long hash = hash(key, state);
        return search(chain(hash, state), hash, key);
    }

    /** Returns the address of the key's value, which is zero if the key was absent. */
    final long assign(int key) {
        beginWrite();
        long hash = hash(key, state());
        while (true) {
            long chain = chainForWrite(hash);
            long slot = search(chain, hash, key);
            if (slot == 0) {
                slot = insert(chain, hash);
                if (slot == 0) {
                    continue;
                }
                Mem.setInt(mem, keyAddress(slot), key);
            }
            endWrite();
            return valueAddress(slot);
        }
    }

    /** Removes the key; returns whether it was there. */
    final boolean delete(int key) {
        if (!beginDelete()) {
            return false;
        }
        long hash = hash(key, state());
        long chain = chainForWrite(hash);
        long slot = search(chain, hash, key);
        if (slot != 0) {
            remove(chain, slot);
        }
        endWrite();
        return slot != 0;
    }

    /** Returns the slot of the key in this chain, or 0. */
    final long search(long chain, long hash, int key) {
        final long pattern = Tophash.of(hash) * Tophash.ONES;
        final int lastSlot = slots - 1;
        int hops = 0;
        long bucket = chain;
        do {
            long tops = tops(bucket);
            for (long rest = Tophash.candidates(tops, pattern); rest != 0; rest &= rest - 1) {
                long slot = bucket + Tophash.lowest(rest);
                if (keyAt(slot) == key) {
                    return slot;
                }
            }
            if (Tophash.at(tops, lastSlot) == Tophash.EMPTY_REST) {
                return 0; // I2
            }
            if ((++hops & 63) == 0) {
                checkHops(hops);
            }
            bucket = overflow(bucket);
        } while (bucket != 0);
        return 0;
    }

    final int keyAt(long slot) {
        return Mem.getInt(mem, keyAddress(slot));
    }

    @Override
    final long hashAt(long slot, long state) {
        return hash(keyAt(slot), state);
    }

    @Override
    final long searchAgain(long slot) {
        return findSlot(keyAt(slot));
    }
}
