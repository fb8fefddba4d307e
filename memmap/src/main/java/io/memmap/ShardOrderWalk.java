package io.memmap;

import io.memmap.codec.EncodedBytes;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;

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
    /** What the bytes that are being copied are validated with. */
    private long stamp;
    /** Whether the first keys have been taken ahead, as of the version {@link #stamp}. */
    private boolean isAhead;

    ShardOrderWalk(
            Shards<T> shards,
            Shard<T> shard,
            KeyRange range,
            boolean ascending,
            boolean wantsValues,
            int wanted,
            Holders holders) {
        super(shard.table, range, ascending, wantsValues, wanted, holders);
        this.shards = shards;
        this.shard = shard;
    }

    @Override
    void takeAhead(int step) {
        if (step == 0) {
            stamp = shard.version();
            isAhead = stamp != 0;
        }
        try {
            if (isAhead) {
                take(step);
            }
        } catch (RuntimeException e) {
            isAhead = false; // takeSome finds out whether this was a torn read
        }
    }

    @Override
    void takeSome() {
        if (isAhead) {
            isAhead = false;
            if (shard.isUnchanged(stamp)) {
                shards.requireOpen();
                return;
            }
        }
        for (int tries = 0; shard.triesAgain(tries); tries++) {
            long version = shard.version();
            try {
                if (version != 0) {
                    takeAll(version);
                }
                if (shard.isUnchanged(version)) {
                    shards.requireOpen();
                    return;
                }
            } catch (RuntimeException | InternalError e) {
                if (shard.isUnchanged(version)) {
                    throw shards.exceptionFor(e); // the version is unchanged: no torn read
                }
            }
            Thread.onSpinWait();
        }
        long lock = shards.lockForRead(shard);
        try {
            shards.requireAlive();
            takeAll(lock);
        } finally {
            shard.unlockRead(lock);
        }
    }

    private void takeAll(long validStamp) {
        stamp = validStamp;
        for (int step = 1; step < STEPS; step++) {
            take(step);
        }
    }

    /** Makes a step. What it reads may be torn, unless the stamp is still valid afterwards. */
    private void take(int step) {
        switch (step) {
            case 0 -> loadLeaf();
            case 1 -> takeReferences();
            case 2 -> copyKeys(wantsValues);
            case 3 -> findValues();
            default -> copyValues();
        }
    }

    /** Finds the addresses of the values, and loads their first bytes. */
    private void findValues() {
        int count = wantsValues ? keys.count() : 0;
        MemorySegment mem = table.mem;
        long loaded = 0;
        for (int i = 0; i < count; i++) {
            long slot = table.find(encodedKey(i));
            if (slot == 0) {
                throw new IllegalStateException("the ordered index has a key that is not in the map");
            }
            words[i] = table.valueAddress(slot);
            loaded += Mem.getByte(mem, table.valueType.start(mem, words[i]));
        }
        Mem.keep(loaded);
    }

    /** Copies the values. If they have too many bytes together, drops the last keys. */
    private void copyValues() {
        int count = wantsValues ? keys.count() : 0;
        MemorySegment mem = table.mem;
        values.clear(count);
        for (int i = 0; i < count; i++) {
            int length = table.valueType.length(mem, words[i]);
            requireLength(length);
            table.requireLength(length);
            if (i == 0) {
                values.reserve(Math.min(count * (long) length, MOST_BYTES));
            }
            values.append(mem, table.valueType.start(mem, words[i]), length);
            if (values.length() > MOST_BYTES) {
                keys.truncate(i + 1);
                return;
            }
        }
    }

    @Override
    void requireLength(int bytes) {
        if (bytes > TRUSTED_BYTES && !shard.isUnchanged(stamp)) {
            throw new IllegalStateException("a thread has written to the shard");
        }
    }

    @Override
    boolean produce(int index) {
        return true;
    }

    @Override
    EncodedBytes value() {
        if (wantsValues) {
            values.lendTo(holders.value, current());
        }
        return holders.value;
    }
}
