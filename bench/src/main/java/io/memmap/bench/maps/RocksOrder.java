package io.memmap.bench.maps;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/**
 * A database of RocksDB with its default options, but without a log of writes. It is compacted
 * before ranges are read. Its files lie in a temporary file system if there is one.
 */
final class RocksOrder extends OrderStore {
    private static final Path IN_MEMORY = Path.of("/dev/shm");

    private final Path directory;
    private final Options options;
    private final WriteOptions noLog;
    private final RocksDB database;

    RocksOrder() {
        try {
            directory = Files.isDirectory(IN_MEMORY)
                    ? Files.createTempDirectory(IN_MEMORY, "bench")
                    : Files.createTempDirectory("bench");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        RocksDB.loadLibrary();
        options = new Options().setCreateIfMissing(true);
        noLog = new WriteOptions().setDisableWAL(true);
        try {
            database = RocksDB.open(options, directory.toString());
        } catch (RocksDBException failed) {
            throw new IllegalStateException(failed);
        }
    }

    @Override
    public void put(byte[] key, byte[] value) {
        try {
            database.put(noLog, key, value);
        } catch (RocksDBException failed) {
            throw new IllegalStateException(failed);
        }
    }

    @Override
    public void remove(byte[] key) {
        try {
            database.delete(noLog, key);
        } catch (RocksDBException failed) {
            throw new IllegalStateException(failed);
        }
    }

    @Override
    public void index() {
        try {
            database.compactRange();
        } catch (RocksDBException failed) {
            throw new IllegalStateException(failed);
        }
    }

    @Override
    long read(byte[] from, byte @Nullable [] prefix, int most) {
        long sum = 0;
        int left = most;
        try (RocksIterator iterator = database.newIterator()) {
            for (iterator.seek(from); iterator.isValid(); iterator.next()) {
                byte[] key = iterator.key();
                if (prefix != null && !SortedMapOrder.startsWith(key, prefix)) {
                    break;
                }
                sum = add(sum, key, iterator.value());
                if (--left == 0) {
                    break;
                }
            }
        }
        return sum;
    }

    @Override
    public void close() {
        database.close();
        noLog.close();
        try {
            RocksDB.destroyDB(directory.toString(), options);
            Files.deleteIfExists(directory);
        } catch (RocksDBException failed) {
            throw new IllegalStateException(failed);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        } finally {
            options.close();
        }
    }
}
