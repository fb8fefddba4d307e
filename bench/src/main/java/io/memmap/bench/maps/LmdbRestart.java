package io.memmap.bench.maps;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.PutFlags;
import org.lmdbjava.Txn;

/**
 * LMDB in a file of its own. A transaction puts many entries, and is not synchronised; the file is
 * when it is closed.
 */
final class LmdbRestart implements RestartStore {
    private static final long MOST_BYTES_AN_ENTRY = 256;
    private static final long LEAST_BYTES = 64 << 20;
    private static final int ENTRIES_A_TRANSACTION = 10_000;
    private static final int LONGEST = 64;
    private static final PutFlags[] OVERWRITE = {};

    private final boolean ofTexts;
    private final Env<ByteBuffer> env;
    private final Dbi<ByteBuffer> map;
    private final ByteBuffer key = ByteBuffer.allocateDirect(LONGEST).order(ByteOrder.nativeOrder());
    private final ByteBuffer value = ByteBuffer.allocateDirect(LONGEST).order(ByteOrder.nativeOrder());

    LmdbRestart(Path file, boolean ofTexts, int entries) {
        this.ofTexts = ofTexts;
        env = Env.create()
                .setMapSize(Math.max(LEAST_BYTES, entries * MOST_BYTES_AN_ENTRY))
                .setMaxDbs(1)
                .open(file.toFile(), EnvFlags.MDB_NOSUBDIR, EnvFlags.MDB_NOSYNC);
        DbiFlags[] flags = ofTexts
                ? new DbiFlags[] {DbiFlags.MDB_CREATE}
                : new DbiFlags[] {DbiFlags.MDB_CREATE, DbiFlags.MDB_INTEGERKEY};
        map = env.openDbi("bench", flags);
    }

    private ByteBuffer key(int number) {
        key.clear();
        if (ofTexts) {
            return key.put(RestartStore.bytes(RestartStore.text(number))).flip();
        }
        return key.putLong(RestartStore.key(number)).flip();
    }

    @Override
    public void put(int from, int to) {
        for (int start = from; start < to; start += ENTRIES_A_TRANSACTION) {
            try (Txn<ByteBuffer> transaction = env.txnWrite()) {
                for (int i = start; i < Math.min(to, start + ENTRIES_A_TRANSACTION); i++) {
                    value.clear();
                    if (ofTexts) {
                        value.put(RestartStore.bytes(RestartStore.textValue(i)));
                    } else {
                        value.putLong(i);
                    }
                    map.put(transaction, key(i), value.flip(), OVERWRITE);
                }
                transaction.commit();
            }
        }
    }

    @Override
    public boolean has(int number) {
        try (Txn<ByteBuffer> transaction = env.txnRead()) {
            ByteBuffer found = map.get(transaction, key(number));
            if (found == null) {
                return false;
            }
            return ofTexts
                    ? RestartStore.textValue(number).contentEquals(StandardCharsets.US_ASCII.decode(found))
                    : found.order(ByteOrder.nativeOrder()).getLong(0) == number;
        }
    }

    @Override
    public long size() {
        try (Txn<ByteBuffer> transaction = env.txnRead()) {
            return map.stat(transaction).entries;
        }
    }

    @Override
    public void close() {
        env.sync(true);
        env.close();
    }
}
