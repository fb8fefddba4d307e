package io.memmap;

import io.memmap.memory.StackReserve;
import io.memmap.telemetry.Waits;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.StampedLock;
import java.util.function.LongSupplier;

/**
 * The lock that lets many threads at a plain table. It is no field, for that would be one load more for each read.
 *
 * <p><b>Writers</b> hold the lock, which may be a reader's version turned into it: then nobody has written since. <b>Readers</b>
 * take none: they note the lock's version, read the table as if nobody wrote, and believe what they have read only if the version
 * is still the same. That works for memory outside the Java heap as for any:
 *
 * <table>
 * <caption>What is shared</caption>
 * <tr><th>what</th><th>access</th><th>ordered by</th><th>why a stale or torn read is harmless</th></tr>
 * <tr><td>version</td><td>volatile, in the lock</td><td>itself</td><td>it decides</td></tr>
 * <tr><td>header, buckets, blocks</td><td>plain</td><td>writers: the lock. Readers: the version's volatile read before (acquire) and
 *     the fence of {@link #validate} behind</td><td>an offset that was never right is out of bounds, an exception, or in bounds, a
 *     wrong answer; both are dropped with the version. A chain that seems to have no end is left when its hops exceed the overflow
 *     buckets. A length is believed only after a look at the version</td></tr>
 * <tr><td>memory that a writer gives back</td><td>plain</td><td>the same</td><td>reads as zero, or as what another block holds; the
 *     version has changed</td></tr>
 * <tr><td>owner</td><td>plain</td><td>written by the lock's holder</td><td>a thread only asks whether it is itself, and that it wrote
 *     itself</td></tr>
 * </table>
 *
 * <p><b>What a write gives back</b> of the old array, it gives back at its end, with the lock held as a reader holds it: readers
 * are in, who see a table that does not refer to those bytes any more, and no writer is, who could free or reuse them before.
 * The system call takes some 20 us where another thread of the process runs. So is the stack taken of a block that is a sample
 * of the allocation profile, for some 100 us.
 *
 * <p><b>Functions</b> of callers run under the lock as a reader holds it, taken by {@link #lockForWrite} and {@link
 * #admitReaders}: nobody else writes, and everybody reads, so that two functions may read each other's shards. A function
 * that only looks at bytes holds it as one reader of many.
 *
 * <p><b>The end.</b> The thread that closes the map holds all locks until the map's memory is gone. So
 * a thread that read meanwhile finds another version. {@code memmap/docs/concurrency.md}, "The end of
 * a map", says what each reader gets.
 *
 * <p><b>Progress.</b> A reader that has failed {@link #OPTIMISTIC_TRIES} times, some 40 to 140 us while one thread writes, waits for the
 * lock like a writer, fairly enough that it cannot starve; so a writer that is descheduled within a write delays the readers of
 * its shard until it goes on, and no others. A function that has made its value keeps new readers from waiting for the lock until
 * it has stored that, so that readers who relieve each other do not keep it waiting.
 *
 * <p><b>Waiting.</b> A thread that waits is parked: it spins for a bounded time at most ({@link #version}), and never yields in
 * a loop. A virtual thread that yields goes to the end of its carrier's own queue, so threads that yield to each other can keep
 * the thread that they wait for from ever running. An interrupt ends no wait, and the thread's interrupt status stays as it is.
 * What the lock itself cannot wait for is awaited at a gate, by three kinds of threads:
 *
 * <table>
 * <caption>Who waits at the gate</caption>
 * <tr><th>thread</th><th>waits for</th><th>is woken by</th></tr>
 * <tr><td>one that has made its value ({@link #excludeReaders})</td><td>the last reader to unlock</td><td>each unlock</td></tr>
 * <tr><td>one that reads within a function ({@link #lockForNestedRead})</td><td>the end of a write, or of the map</td><td>each
 *     unlock, and {@link #wake}</td></tr>
 * <tr><td>any other reader ({@link #lockForRead})</td><td>the end of {@code excludes}</td><td>who has set it</td></tr>
 * </table>
 *
 * <p>No wake-up is lost. A thread that waits for an unlock first sets {@code awaited} and then tries. A thread that unlocks first
 * changes the lock's state and then looks at {@code awaited}. All of these are volatile accesses, so one of the two threads sees
 * what the other did. The gate is held from a try to its wait, and to signal.
 *
 * @param <T> the table
 */
final class Shard<T extends HashTable> extends StampedLock {
    private static final long serialVersionUID = 1L;

    /** After as many failures a reader waits. */
    static final int OPTIMISTIC_TRIES = 8;
    /** Looks at the version of a shard that is being written to, of some 10 to 35 ns each. */
    private static final int SPINS = 512;

    final transient T table;
    /** The id of the thread that keeps writers out, or 0; no reference, whose every change the garbage collector is told of. */
    private long owner;
    /** Whether the owner waits for readers, so that no others come. Changed at the gate. */
    private volatile boolean excludes;
    /** Whether a thread may wait at the gate for an unlock. Changed at the gate. */
    private volatile boolean awaited;

    private final transient ReentrantLock gate = new ReentrantLock();
    /** Signalled after an unlock, if one is {@link #awaited}. */
    private final transient Condition unlocked = gate.newCondition();
    /** Signalled when {@link #excludes} ends. */
    private final transient Condition admitted = gate.newCondition();

    /** So that no other object is in these cache lines: a write there would cost the readers here a miss. */
    @SuppressWarnings("UnusedVariable")
    private long a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p;

    Shard(T table) {
        this.table = table;
    }

    /**
     * Returns the version to read under; 0 while a thread writes. Most writes are over sooner than a thread that waits for the lock
     * would run again, which may be 30 us and more; so this, in all tries, looks for a few times as long.
     */
    long version() {
        long version = tryOptimisticRead();
        for (int spins = 0; version == 0 && spins < SPINS; spins++) {
            Thread.onSpinWait();
            version = tryOptimisticRead();
        }
        return version;
    }

    /** Waits until nobody writes or is about to. */
    long lockForRead() {
        long stamp = excludes ? 0 : tryReadLock();
        if (stamp == 0) {
            long begun = Waits.begin();
            if (excludes) {
                awaitAdmission();
            }
            stamp = readLock();
            Waits.end(begun);
        }
        return stamp;
    }

    private void awaitAdmission() {
        gate.lock();
        try {
            while (excludes) {
                admitted.awaitUninterruptibly();
            }
        } finally {
            gate.unlock();
        }
    }

    /**
     * Waits until nobody writes, for a thread in a function. It must not wait for threads that may wait for the function: those
     * are the writers in the lock's queue, and the thread that closes the map.
     *
     * @param requireOpen throws if the map is closed, and so ends the wait
     */
    long lockForNestedRead(Runnable requireOpen) {
        long stamp = tryReadLock(); // which does not stand behind threads that wait to write
        if (stamp == 0) {
            long begun = Waits.begin();
            gate.lock();
            try {
                stamp = tryAfterEachUnlock(() -> {
                    requireOpen.run();
                    return tryReadLock();
                });
            } finally {
                gate.unlock();
            }
            Waits.end(begun);
        }
        return stamp;
    }

    /** Tries until there is a stamp; called, and the tries made, at the gate. */
    private long tryAfterEachUnlock(LongSupplier attempt) {
        while (true) {
            awaited = true;
            long stamp = attempt.getAsLong();
            if (stamp != 0) {
                return stamp;
            }
            unlocked.awaitUninterruptibly();
        }
    }

    /** Waits until nobody writes or reads; not for a thread that {@link #isMine} says has the lock already. */
    long lockForWrite() {
        long stamp = tryWriteLock();
        if (stamp == 0) {
            long begun = Waits.begin();
            stamp = writeLock();
            Waits.end(begun);
        }
        owner = Thread.currentThread().threadId();
        return stamp;
    }

    /** Returns 0 if somebody writes or reads under the lock. */
    long tryLockForWrite() {
        StackReserve.claim();
        long stamp = tryWriteLock();
        if (stamp != 0) {
            owner = Thread.currentThread().threadId();
        }
        return stamp;
    }

    /** Lets readers in, and still no writer; returns the stamp from now on. */
    long admitReaders(long stamp) {
        long converted = tryConvertToReadLock(stamp); // which a holder for writing is never refused
        wake();
        return converted;
    }

    /**
     * Waits until the readers are out again, who hold the lock for a moment or a function; returns the stamp from now on.
     * Those who come from a function of theirs come in all the same: it may be what is waited for.
     */
    long excludeReaders(long stamp) {
        long converted = tryConvertToWriteLock(stamp);
        return converted != 0 ? converted : awaitExclusion(stamp);
    }

    private long awaitExclusion(long stamp) {
        gate.lock();
        try {
            excludes = true;
            return tryAfterEachUnlock(() -> tryConvertToWriteLock(stamp));
        } finally {
            excludes = false;
            admitted.signalAll();
            gate.unlock();
        }
    }

    @Override
    public void unlockRead(long stamp) {
        super.unlockRead(stamp);
        wake();
    }

    @Override
    public void unlockWrite(long stamp) {
        super.unlockWrite(stamp);
        wake();
    }

    /** Has the threads that wait for an unlock try again; called after each. */
    void wake() {
        if (awaited) {
            wakeAll();
        }
    }

    private void wakeAll() {
        gate.lock();
        try {
            awaited = false;
            unlocked.signalAll();
        } finally {
            gate.unlock();
        }
    }

    /** Ends a write, whether readers have been let in or not; does what it has left, with readers let in. */
    void endWrite(long stamp) {
        if (table.hasLeft()) {
            endWriteAfterSettling(stamp);
        } else {
            owner = 0;
            unlock(stamp);
        }
    }

    private void endWriteAfterSettling(long stamp) {
        long admitted = admitReaders(stamp);
        try {
            table.settle();
        } finally {
            owner = 0;
            unlock(admitted);
        }
    }

    /** Returns whether this thread keeps writers out. */
    boolean isMine() {
        return owner == Thread.currentThread().threadId();
    }
}
