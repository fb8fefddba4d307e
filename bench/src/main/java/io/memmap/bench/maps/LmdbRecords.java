package io.memmap.bench.maps;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/** LMDB by lmdbjava, from longs to three longs. All lookups of a call are one transaction. */
final class LmdbRecords implements LongRecords {
    private static final long MOST_BYTES_AN_ENTRY = 300;
    private static final PutFlags[] OVERWRITE = {};

    private final Lmdb lmdb;
    private final ByteBuffer key = buffer(Long.BYTES);

    LmdbRecords(long[] keys) {
        lmdb = new Lmdb(keys.length * MOST_BYTES_AN_ENTRY, DbiFlags.MDB_CREATE, DbiFlags.MDB_INTEGERKEY);
        ByteBuffer value = buffer(3 * Long.BYTES);
        try (Txn<ByteBuffer> transaction = lmdb.env.txnWrite()) {
            for (long each : keys) {
                Triple triple = Triple.of(each);
                value.clear();
                value.putLong(triple.first()).putLong(triple.second()).putLong(triple.third());
                lmdb.map.put(transaction, key.putLong(0, each), value.flip(), OVERWRITE);
            }
            transaction.commit();
        }
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public long sum(long[] keys, int from, int to) {
        long sum = 0;
        try (Txn<ByteBuffer> transaction = lmdb.env.txnRead()) {
            for (int i = from; i < to; i++) {
                ByteBuffer found = lmdb.map.get(transaction, key.putLong(0, keys[i]));
                if (found != null) {
                    found.order(ByteOrder.nativeOrder());
                    sum += new Triple(found.getLong(), found.getLong(), found.getLong()).digest();
                }
            }
        }
        return sum;
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
