package io.memmap.bench.maps;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.lmdbjava.CursorIterable;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/**
 * LMDB by lmdbjava. A loop over keys is one transaction; a single operation is a transaction of its
 * own.
 */
final class LmdbMap extends LongMap {
    /**
     * The largest number of bytes of an entry, including half-full pages and pages that are being
     * replaced.
     */
    private static final long MOST_BYTES_AN_ENTRY = 256;

    private static final PutFlags[] OVERWRITE = {};

    private final Lmdb lmdb;
    private final Env<ByteBuffer> env;
    private final Dbi<ByteBuffer> map;

    /** The buffers of one thread's operation. */
    private static final class Buffers {
        private final ByteBuffer key = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
        private final ByteBuffer value = ByteBuffer.allocateDirect(Long.BYTES).order(ByteOrder.nativeOrder());
    }

    private final ThreadLocal<Buffers> buffers = ThreadLocal.withInitial(Buffers::new);

    LmdbMap(int limit) {
        lmdb = new Lmdb(limit * MOST_BYTES_AN_ENTRY, DbiFlags.MDB_CREATE, DbiFlags.MDB_INTEGERKEY);
        env = lmdb.env;
        map = lmdb.map;
    }

    private long get(Txn<ByteBuffer> transaction, long key) {
        ByteBuffer found = map.get(transaction, buffers.get().key.putLong(0, key));
        return found == null ? 0 : found.order(ByteOrder.nativeOrder()).getLong(0);
    }

    private void put(Txn<ByteBuffer> transaction, long key, long value) {
        Buffers mine = buffers.get();
        map.put(transaction, mine.key.putLong(0, key), mine.value.putLong(0, value), OVERWRITE);
    }

    @Override
    public long get(long key) {
        try (Txn<ByteBuffer> transaction = env.txnRead()) {
            return get(transaction, key);
        }
    }

    @Override
    public void put(long key, long value) {
        try (Txn<ByteBuffer> transaction = env.txnWrite()) {
            put(transaction, key, value);
            transaction.commit();
        }
    }

    @Override
    public void add(long key, long delta) {
        try (Txn<ByteBuffer> transaction = env.txnWrite()) {
            put(transaction, key, get(transaction, key) + delta);
            transaction.commit();
        }
    }

    @Override
    public void remove(long key) {
        map.delete(buffers.get().key.putLong(0, key));
    }

    @Override
    public void putAll(long[] keys, int from, int to, long salt) {
        try (Txn<ByteBuffer> transaction = env.txnWrite()) {
            for (int i = from; i < to; i++) {
                put(transaction, keys[i], value(keys[i], salt));
            }
            transaction.commit();
        }
    }

    @Override
    public long sum(long[] keys, int from, int to) {
        long sum = 0;
        try (Txn<ByteBuffer> transaction = env.txnRead()) {
            for (int i = from; i < to; i++) {
                sum += get(transaction, keys[i]);
            }
        }
        return sum;
    }

    @Override
    public void addAll(long[] keys, int from, int to, long delta) {
        try (Txn<ByteBuffer> transaction = env.txnWrite()) {
            for (int i = from; i < to; i++) {
                put(transaction, keys[i], get(transaction, keys[i]) + delta);
            }
            transaction.commit();
        }
    }

    @Override
    public void replaceAll(long[] keys, int from, int to, long salt) {
        try (Txn<ByteBuffer> transaction = env.txnWrite()) {
            for (int i = from; i < to; i++) {
                map.delete(transaction, buffers.get().key.putLong(0, keys[i]));
                put(transaction, keys[i], value(keys[i], salt));
            }
            transaction.commit();
        }
    }

    @Override
    public void removeAll(long[] keys, int from, int to) {
        try (Txn<ByteBuffer> transaction = env.txnWrite()) {
            for (int i = from; i < to; i++) {
                map.delete(transaction, buffers.get().key.putLong(0, keys[i]));
            }
            transaction.commit();
        }
    }

    @Override
    public long sumOfAll() {
        long sum = 0;
        try (Txn<ByteBuffer> transaction = env.txnRead();
                CursorIterable<ByteBuffer> entries = map.iterate(transaction)) {
            for (CursorIterable.KeyVal<ByteBuffer> entry : entries) {
                sum += entry.val().order(ByteOrder.nativeOrder()).getLong(0);
            }
        }
        return sum;
    }

    @Override
    public void clear() {
        try (Txn<ByteBuffer> transaction = env.txnWrite()) {
            map.drop(transaction);
            transaction.commit();
        }
    }

    @Override
    public long size() {
        return lmdb.size();
    }

    @Override
    public void close() {
        lmdb.close();
    }
}
