package io.memmap.bench.maps;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/**
 * LMDB by lmdbjava, from bytes to bytes. A loop over keys is one transaction; a single operation is
 * a transaction of its own.
 */
final class LmdbTextMap extends TextMap {
    /**
     * The largest number of bytes of an entry, including half-full pages and pages that are being
     * replaced.
     */
    private static final long MOST_BYTES_AN_ENTRY = 700;

    private static final int LONGEST_KEY = 64;
    private static final PutFlags[] OVERWRITE = {};

    private final Lmdb lmdb;
    private final ByteBuffer key = ByteBuffer.allocateDirect(LONGEST_KEY);
    private final ByteBuffer newValue = ByteBuffer.allocateDirect(TextValues.BYTES);
    private @Nullable Txn<ByteBuffer> transaction;

    LmdbTextMap(int limit) {
        lmdb = new Lmdb(limit * MOST_BYTES_AN_ENTRY, DbiFlags.MDB_CREATE);
    }

    /** Runs an operation in the current transaction, or in one of its own if there is none. */
    private long in(boolean writing, LongSupplier work) {
        if (transaction != null) {
            return work.getAsLong();
        }
        try (Txn<ByteBuffer> own = writing ? lmdb.env.txnWrite() : lmdb.env.txnRead()) {
            transaction = own;
            long result = work.getAsLong();
            if (writing) {
                own.commit();
            }
            return result;
        } finally {
            transaction = null;
        }
    }

    private ByteBuffer key(byte[] bytes, int from, int length) {
        return key.clear().put(bytes, from, length).flip();
    }

    private void set(ByteBuffer ofKey) {
        lmdb.map.put(transaction, ofKey, newValue.clear().put(value).flip(), OVERWRITE);
    }

    private boolean found(ByteBuffer ofKey) {
        ByteBuffer found = lmdb.map.get(transaction, ofKey);
        if (found == null) {
            return false;
        }
        found.get(value);
        return true;
    }

    @Override
    void put(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        in(true, () -> {
            set(key(bytes, 0, bytes.length));
            return 0;
        });
    }

    @Override
    boolean copy(byte[] bytes, int from, int length) {
        return in(false, () -> found(key(bytes, from, length)) ? 1 : 0) == 1;
    }

    @Override
    long digest(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return in(false, () -> {
            ByteBuffer found = lmdb.map.get(transaction, key(bytes, 0, bytes.length));
            if (found == null) {
                return 0;
            }
            byte[] own = new byte[found.remaining()];
            found.get(own);
            return TextValues.digest(own);
        });
    }

    @Override
    boolean update(byte[] bytes, int from, int length, long word) {
        return in(true, () -> {
                    if (!found(key(bytes, from, length))) {
                        return 0;
                    }
                    TextValues.setFirstWord(value, word);
                    set(key(bytes, from, length));
                    return 1;
                })
                == 1;
    }

    @Override
    public void putAll(TextKeys keys, String[] strings, int from, int to, long salt) {
        in(true, () -> {
            super.putAll(keys, strings, from, to, salt);
            return 0;
        });
    }

    @Override
    public long sumByRange(TextKeys keys, int from, int to) {
        return in(false, () -> super.sumByRange(keys, from, to));
    }

    @Override
    public long sumByString(String[] keys, int from, int to) {
        return in(false, () -> super.sumByString(keys, from, to));
    }

    @Override
    public long updateAll(TextKeys keys, int from, int to, long word) {
        return in(true, () -> super.updateAll(keys, from, to, word));
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
