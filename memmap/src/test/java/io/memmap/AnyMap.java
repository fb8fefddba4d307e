package io.memmap;

/**
 * A map under test, whatever its keys: {@link LongLongMap}, {@link IntIntMap} and {@link PinnedTable} behind one face of
 * longs, which the int map narrows. What they share is {@link #table}.
 */
abstract class AnyMap {
    /** A cursor of any of them. */
    interface Cursor {
        boolean next();

        long key();

        long value();

        void setValue(long value);

        void remove();
    }

    abstract HashTable table();

    abstract long get(long key);

    abstract long getOrDefault(long key, long defaultValue);

    abstract boolean containsKey(long key);

    abstract long put(long key, long value);

    abstract long add(long key, long delta);

    abstract boolean remove(long key);

    abstract int getAll(long[] keys, long[] values);

    abstract void putAll(long[] keys, long[] values);

    abstract void forEach(LongLongConsumer action);

    abstract Cursor cursor();

    /** Returns the slot of a key, or 0. */
    abstract long slotOf(long key);

    abstract long keyAt(long slot);

    abstract long hash(long key);

    /** Puts the keys {@code from} to {@code to - 1}, each with ten times itself as its value. */
    final AnyMap fill(long from, long to) {
        for (long key = from; key < to; key++) {
            put(key, 10 * key);
        }
        return this;
    }

    final void removeAll(long from, long to) {
        for (long key = from; key < to; key++) {
            remove(key);
        }
    }

    /** Overwrites a key until no growth runs. */
    final void finishGrowth(long key) {
        while (isGrowing()) {
            put(key, get(key));
        }
    }

    // ------------------------------------------------------------------------------------------ what all maps share

    final long size() {
        return table().size();
    }

    final MapStats stats() {
        return table().stats();
    }

    final void check() {
        table().check();
    }

    final int b() {
        return HmapLayout.b(table().state());
    }

    final int noverflow() {
        return HmapLayout.noverflow(table().state());
    }

    final long overflow() {
        return table().field(HmapLayout.OVERFLOW);
    }

    final int hash0() {
        return (int) (table().state() >>> 32);
    }

    final long buckets() {
        return table().field(HmapLayout.BUCKETS);
    }

    final boolean isGrowing() {
        return table().isGrowing();
    }

    final boolean isGrowingInSameSize() {
        return (table().state() & HmapLayout.SAME_SIZE) != 0;
    }

    final boolean isShrinking() {
        return (table().state() & HmapLayout.SHRINKING) != 0;
    }

    final long doublings() {
        return table().field(HmapLayout.DOUBLINGS);
    }

    final long sameSizeGrowths() {
        return table().field(HmapLayout.SAME_SIZE_GROWTHS);
    }

    final long shrinks() {
        return table().field(HmapLayout.SHRINKS);
    }

    /** Returns the chains of the old array that have moved, 0 if none does. */
    final long movedChains() {
        if (!isGrowing()) {
            return 0;
        }
        long moved = 0;
        for (long unit = 0; unit < 1L << HashTable.unitsB(table().state()); unit++) {
            moved += table().isEvacuated(unit) ? 1 : 0;
        }
        return isShrinking() ? 2 * moved : moved;
    }

    /** Returns the most entries that the map holds at this B. */
    final long loadLimit(int b) {
        return BucketLayout.loadLimit(table().slots, b);
    }

    @Override
    public final String toString() {
        return table().toString();
    }

    // ------------------------------------------------------------------------------------------------------- faces

    static AnyMap of(LongLongMap map) {
        return new AnyMap() {
            @Override
            HashTable table() {
                return map;
            }

            @Override
            long get(long key) {
                return map.get(key);
            }

            @Override
            long getOrDefault(long key, long defaultValue) {
                return map.getOrDefault(key, defaultValue);
            }

            @Override
            boolean containsKey(long key) {
                return map.containsKey(key);
            }

            @Override
            long put(long key, long value) {
                return map.put(key, value);
            }

            @Override
            long add(long key, long delta) {
                return map.add(key, delta);
            }

            @Override
            boolean remove(long key) {
                return map.remove(key);
            }

            @Override
            int getAll(long[] keys, long[] values) {
                return map.getAll(keys, values);
            }

            @Override
            void putAll(long[] keys, long[] values) {
                map.putAll(keys, values);
            }

            @Override
            void forEach(LongLongConsumer action) {
                map.forEach(action);
            }

            @Override
            Cursor cursor() {
                LongLongCursor cursor = map.cursor();
                return new Cursor() {
                    @Override
                    public boolean next() {
                        return cursor.next();
                    }

                    @Override
                    public long key() {
                        return cursor.key();
                    }

                    @Override
                    public long value() {
                        return cursor.value();
                    }

                    @Override
                    public void setValue(long value) {
                        cursor.setValue(value);
                    }

                    @Override
                    public void remove() {
                        cursor.remove();
                    }
                };
            }

            @Override
            long slotOf(long key) {
                return map.findSlot(key);
            }

            @Override
            long keyAt(long slot) {
                return map.keyAt(slot);
            }

            @Override
            long hash(long key) {
                return map.hash(key, map.seed());
            }
        };
    }

    static AnyMap of(IntIntMap map) {
        return new AnyMap() {
            @Override
            HashTable table() {
                return map;
            }

            @Override
            long get(long key) {
                return map.get((int) key);
            }

            @Override
            long getOrDefault(long key, long defaultValue) {
                return map.getOrDefault((int) key, (int) defaultValue);
            }

            @Override
            boolean containsKey(long key) {
                return map.containsKey((int) key);
            }

            @Override
            long put(long key, long value) {
                return map.put((int) key, (int) value);
            }

            @Override
            long add(long key, long delta) {
                return map.add((int) key, (int) delta);
            }

            @Override
            boolean remove(long key) {
                return map.remove((int) key);
            }

            @Override
            int getAll(long[] keys, long[] values) {
                int[] narrowValues = narrow(values);
                int hits = map.getAll(narrow(keys), narrowValues);
                for (int i = 0; i < values.length; i++) {
                    values[i] = narrowValues[i];
                }
                return hits;
            }

            @Override
            void putAll(long[] keys, long[] values) {
                map.putAll(narrow(keys), narrow(values));
            }

            @Override
            void forEach(LongLongConsumer action) {
                map.forEach(action::accept);
            }

            @Override
            Cursor cursor() {
                IntIntCursor cursor = map.cursor();
                return new Cursor() {
                    @Override
                    public boolean next() {
                        return cursor.next();
                    }

                    @Override
                    public long key() {
                        return cursor.key();
                    }

                    @Override
                    public long value() {
                        return cursor.value();
                    }

                    @Override
                    public void setValue(long value) {
                        cursor.setValue((int) value);
                    }

                    @Override
                    public void remove() {
                        cursor.remove();
                    }
                };
            }

            @Override
            long slotOf(long key) {
                int narrow = (int) key;
                return map.findSlot(narrow);
            }

            @Override
            long keyAt(long slot) {
                return map.keyAt(slot);
            }

            @Override
            long hash(long key) {
                int narrow = (int) key;
                return map.hash(narrow, map.seed());
            }

            private int[] narrow(long[] longs) {
                int[] ints = new int[longs.length];
                for (int i = 0; i < ints.length; i++) {
                    ints[i] = (int) longs[i];
                }
                return ints;
            }
        };
    }
}
