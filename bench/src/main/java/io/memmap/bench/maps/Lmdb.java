package io.memmap.bench.maps;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.Txn;

/**
 * A database of LMDB that is never synchronised. Its file lies in a temporary file system if there
 * is one.
 */
final class Lmdb implements AutoCloseable {
    private static final Path IN_MEMORY = Path.of("/dev/shm");
    private static final long LEAST_BYTES = 64 << 20;

    private final Path file;
    final Env<ByteBuffer> env;
    final Dbi<ByteBuffer> map;

    /** Opens a database of at most this many bytes. */
    Lmdb(long bytes, DbiFlags... flags) {
        try {
            file = Files.isDirectory(IN_MEMORY)
                    ? Files.createTempFile(IN_MEMORY, "bench", ".mdb")
                    : Files.createTempFile("bench", ".mdb");
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        file.toFile().deleteOnExit();
        env = Env.create()
                .setMapSize(Math.max(LEAST_BYTES, bytes))
                .setMaxDbs(1)
                .open(
                        file.toFile(),
                        EnvFlags.MDB_NOSUBDIR,
                        EnvFlags.MDB_NOSYNC,
                        EnvFlags.MDB_WRITEMAP,
                        EnvFlags.MDB_NOLOCK,
                        EnvFlags.MDB_NOTLS);
        map = env.openDbi("bench", flags);
    }

    long size() {
        try (Txn<ByteBuffer> transaction = env.txnRead()) {
            return map.stat(transaction).entries;
        }
    }

    @Override
    public void close() {
        env.close();
        try {
            Files.deleteIfExists(file);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }
}
