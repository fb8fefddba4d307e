package io.memmap;

import io.memmap.codec.EncodedBytes;

/**
 * A walk over a shard, which other threads may change. It takes keys and values together, as they
 * are at one moment. Without a lock, if it can: then it accepts what it has read only if the
 * shard's version has stayed the same.
 *
 * @param <T> the class of the tables
 */
final class ShardOrderWalk<T extends ObjectTable<?, ?>> extends OrderWalk {
    /** Bytes up to this number are copied before their number has been validated. */
    private static final int TRUSTED_BYTES = 4096;

    private final Shards<T> shards;
    private final Shard<T> shard;
    private final EncodedParts values = new EncodedParts();
    private final EncodedBytes taken = new EncodedBytes();
    private final EncodedBytes value = new EncodedBytes();
    private int current;

    ShardOrderWalk(
            Shards<T> shards, Shard<T> shard, KeyRange range, boolean ascending, boolean wantsValues, int wanted) {
        super(shard.table, range, ascending, wantsValues, wanted);
        this.shards = shards;
        this.shard = shard;
    }

    @Override
    void takeSome() {
        for (int tries = 0; tries < Shard.OPTIMISTIC_TRIES; tries++) {
            long version = shard.version();
            try {
                if (version != 0) {
                    copy(version);
                }
                if (shard.validate(version)) {
                    shards.requireOpen();
                    return;
                }
            } catch (RuntimeException e) {
                if (shard.validate(version)) {
                    throw shards.exceptionFor(e); // the version is unchanged: no torn read
                }
            }
            Thread.onSpinWait();
        }
        long stamp = shards.lockForRead(shard);
        try {
            shards.requireAlive();
            copy(stamp);
        } finally {
            shard.unlockRead(stamp);
        }
    }

    /** Copies the next entries. They may be torn, unless the stamp is still valid afterwards. */
    private void copy(long stamp) {
        keys.clear(0);
        values.clear(0);
        int count = takeReferences();
        for (int i = 0; i < count && keys.length() + values.length() <= MOST_BYTES; i++) {
            int bytes = tree.keyBytes(references[i]);
            if (bytes > TRUSTED_BYTES && !shard.validate(stamp)) {
                return;
            }
            tree.load(references[i], taken);
            long slot = table.find(encoded(taken));
            if (slot == 0) {
                throw new IllegalStateException("the ordered index has a key that is not in the map");
            }
            if (wantsValues) {
                long address = table.valueAddress(slot);
                int length = table.valueType.length(table.mem, address);
                if (length > TRUSTED_BYTES && !shard.validate(stamp)) {
                    return;
                }
                values.append(table.mem, table.valueType.start(table.mem, address), length);
            }
            keys.append(taken);
        }
    }

    @Override
    boolean produce(int index) {
        current = index;
        return true;
    }

    @Override
    EncodedBytes value() {
        if (wantsValues) {
            values.lendTo(value, current);
        }
        return value;
    }
}
