package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.memory.StackReserve;
import io.memmap.telemetry.Waits;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.StampedLock;
import java.util.function.LongSupplier;

/**
 * A plain table with the lock that lets many threads use it. The lock is the superclass and not a
 * field, as a field would cost each read one load more.
 *
 * <p><b>Writers</b> hold the lock. A writer may get it by turning a reader's version into the lock;
 * then no thread has written since that version. <b>Readers</b> take no lock. They note the version
 * of the lock, read the table as if no thread wrote, and accept the result only if the version is
 * still the same. This works for memory outside the Java heap as for any memory. The table below
 * says why:
 *
 * <table>
 * <caption>Shared data</caption>
 * <tr><th>data</th><th>access</th><th>ordered by</th><th>why a stale or torn read is
 *     harmless</th></tr>
 * <tr><td>version</td><td>volatile, in the lock</td><td>itself</td><td>it decides whether a read is
 *     accepted</td></tr>
 * <tr><td>header, buckets, blocks</td><td>plain</td><td>writers: the lock. Readers: the volatile
 *     read of the version before (acquire) and the fence of {@link #isUnchanged} after</td><td>a wrong
 *     offset leads to an exception if it is out of bounds, or else to a wrong answer. Both are
 *     dropped, as the version has changed. A reader leaves a chain that seems endless when it has
 *     made more hops than there are overflow buckets. It accepts a length only after a look at the
 *     version</td></tr>
 * <tr><td>memory that a writer has released</td><td>plain</td><td>the same</td><td>it reads as zero
 *     or as the content of another block; the version has changed</td></tr>
 * <tr><td>owner</td><td>plain</td><td>written by the lock's holder</td><td>a thread only asks
 *     whether the owner is itself, and that value it wrote itself</td></tr>
 * </table>
 *
 * <p><b>Releasing memory.</b> A write releases the memory of the old array at its end, with the
 * lock held as a reader holds it. Readers are let in: they see a table that no longer refers to
 * those bytes. No writer is let in, as a writer could free or reuse the bytes first. The system
 * call takes some 20 us where another thread of the process runs. If a block is a sample of the
 * allocation profile, its stack trace is taken in the same way, for some 100 us.
 *
 * <p><b>Functions</b> of callers run under the lock as a reader holds it, taken by
 * {@link #lockForWrite} and {@link #admitReaders}. No other thread writes and all threads may read,
 * so two functions may read each other's shards. A function that only reads bytes holds the lock as
 * one reader of many.
 *
 * <p><b>Other processes.</b> A shard in a file has a <em>sequence word</em> in its header, which is
 * odd from before the first store of a write to behind its last one. So a process that reads the file
 * can validate what it has read, as a reader here does by the version. The word is odd exactly while a
 * thread holds the lock as a writer holds it. A thread that dies there, or whose memory ends there,
 * leaves an odd word, and the shard is repaired before it is used again.
 *
 * <p><b>The end.</b> The thread that closes the map holds all locks until the map's memory is gone.
 * So a thread that reads meanwhile finds another version. {@code memmap/docs/concurrency.md}, "The
 * end of a map", says what each reader gets.
 *
 * <p><b>Progress.</b> A reader that has failed {@link #OPTIMISTIC_TRIES} times, some 40 to 140 us
 * while one thread writes, waits for the lock like a writer. The lock is fair enough that the
 * reader cannot starve. So a writer that loses its processor within a write delays the readers of
 * its shard until it goes on, and no other readers. When a function has made its value, its thread
 * keeps new readers from waiting for the lock until the value is stored. Otherwise a stream of
 * readers could keep it waiting for ever.
 *
 * <p><b>Waiting.</b> A thread that waits is parked: it spins for a bounded time at most
 * ({@link #version}), and never yields in a loop. A virtual thread that yields goes to the end of
 * its carrier's own queue. So threads that yield to each other can prevent the thread that they
 * wait for from ever running. An interrupt ends no wait, and the thread's interrupt status stays as
 * it is. Some conditions cannot be awaited at the lock itself. Threads await them at the
 * <em>gate</em>, a second lock with conditions. There are three kinds of such threads:
 *
 * <table>
 * <caption>Who waits at the gate</caption>
 * <tr><th>thread</th><th>waits for</th><th>is woken by</th></tr>
 * <tr><td>a thread whose function has made its value ({@link #excludeReaders})</td><td>the last
 *     reader to unlock</td><td>each unlock</td></tr>
 * <tr><td>a thread that reads within a function ({@link #lockForNestedRead})</td><td>the end of a
 *     write, or of the map</td><td>each unlock, and {@link #wake}</td></tr>
 * <tr><td>any other reader ({@link #lockForRead})</td><td>the end of {@code excludes}</td><td>the
 *     thread that has set it</td></tr>
 * </table>
 *
 * <p>No wake-up is lost. A thread that waits for an unlock first sets {@code awaited} and then
 * tries. A thread that unlocks first changes the lock's state and then reads {@code awaited}. All
 * of these are volatile accesses, so at least one of the two threads sees the other's change. A
 * waiting thread holds the gate from its try to its wait. A waking thread holds the gate while it
 * signals.
 *
 * @param <T> the class of the table
 */
sealed class Shard<T extends HashTable> extends StampedLock permits ReadOnlyShard {
    private static final long serialVersionUID = 1L;

    /** A reader waits for the lock after this many failures. */
    static final int OPTIMISTIC_TRIES = 8;
    /**
     * How often a reader looks at the version of a shard that is being written to. Each look takes
     * some 10 to 35 ns.
     */
    private static final int SPINS = 512;

    private static final int MOST_PAUSES = 20;
    private static final long PAUSE_NANOS = 20_000;

    final transient T table;
    /**
     * The id of the thread that keeps writers out, or 0. It is not a reference, as the garbage
     * collector would have to record each change of a reference.
     */
    private long owner;
    /**
     * The address of the {@linkplain HmapLayout#SEQUENCE sequence word}, or 0 if the shard is in no file
     * or has ended. Read and changed by the holder of the write lock.
     */
    private long sequence;
    /** Whether the memory has ended within a write. */
    private volatile boolean torn;
    /** Whether no thread may store any more. A thread that has the lock only finds that out. */
    private volatile boolean rests;
    /**
     * Whether the owner waits for readers to leave, so that no others may enter. Changed at the
     * gate.
     */
    private volatile boolean excludes;
    /** Whether a thread may wait at the gate for an unlock. Changed at the gate. */
    private volatile boolean awaited;

    /** The number of threads that wait for the lock to write. */
    private final transient AtomicInteger writers = new AtomicInteger();

    private final transient ReentrantLock gate = new ReentrantLock();
    /** Signalled after an unlock, if one is {@link #awaited}. */
    private final transient Condition unlocked = gate.newCondition();
    /** Signalled when {@link #excludes} ends. */
    private final transient Condition admitted = gate.newCondition();

    /**
     * Padding, so that no other object lies in these cache lines: a write to such an object would
     * cost the readers of this shard a cache miss.
     */
    @SuppressWarnings("UnusedVariable")
    private long a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p;

    Shard(T table) {
        this.table = table;
        sequence = sequenceOf(table);
    }

    // --------------------------------------------------------------------------- the sequence word

    /** Makes the sequence word odd for a thread that has just got the write lock. */
    private void beginStores() {
        if (sequence != 0 && !step()) {
            sequence = 0; // no thread can store any more
        }
    }

    /** Makes the sequence word even for a thread that is about to give up the write lock. */
    private void endStores() {
        if (sequence != 0 && !step()) {
            torn = true;
        }
    }

    /**
     * Adds 1 to the word, behind all stores before it and before all stores after it. Returns false if
     * the memory has ended; the lock must be released all the same.
     */
    private boolean step() {
        try {
            VarHandle.storeStoreFence();
            Mem.setLong(table.mem, sequence, Mem.getLong(table.mem, sequence) + 1);
            VarHandle.storeStoreFence();
            return true;
        } catch (IllegalStateException ended) {
            return false;
        }
    }

    /**
     * Makes the sequence word even for good: no thread may store any more, until {@link
     * #resumeSequence}. The caller has the write lock.
     */
    void restSequence() {
        endStores();
        sequence = 0;
        rests = true;
    }

    /** Undoes {@link #restSequence}. The caller has the write lock. */
    void resumeSequence() {
        rests = false;
        sequence = sequenceOf(table);
        beginStores();
    }

    private static long sequenceOf(HashTable table) {
        return table.journaled ? table.hmap + HmapLayout.SEQUENCE : 0;
    }

    /** Ends the use of the sequence word, whose memory is about to be freed. The word stays odd. */
    void dropSequence() {
        sequence = 0;
    }

    /**
     * Returns whether no thread was within a write when the memory ended. To be called after that, when
     * no thread can store any more.
     */
    boolean isWhole() {
        return !torn && (rests || (!isWriteLocked() && owner == 0));
    }

    // -------------------------------------------------------------------------------- the versions

    /**
     * Returns the version to read under; 0 while a thread writes. Most writes end sooner than a
     * thread that waits for the lock would run again, which may take 30 us and more. So this method
     * looks again for some time. In all tries together it looks for a few times those 30 us.
     */
    long version() {
        long version = tryOptimisticRead();
        for (int spins = 0; version == 0 && spins < SPINS; spins++) {
            Thread.onSpinWait();
            version = tryOptimisticRead();
        }
        return version;
    }

    /** Returns whether no thread has written since {@link #version} has returned this version. */
    boolean isUnchanged(long version) {
        return validate(version);
    }

    /** Returns whether a reader that has failed this often tries again. If not, it waits for the lock. */
    boolean triesAgain(int tries) {
        return tries < OPTIMISTIC_TRIES;
    }

    /** Locks for a read. Waits until no thread writes or is about to write. */
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
     * Locks for a read by a thread that is in a function. Waits until no thread writes. It must not
     * wait for threads that may wait for the function: those are the writers in the lock's queue,
     * and the thread that closes the map.
     *
     * @param requireOpen throws if the map is closed, which ends the wait
     */
    long lockForNestedRead(Runnable requireOpen) {
        long stamp = tryReadLock(); // does not queue behind threads that wait to write
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

    /** Tries until there is a stamp. The caller holds the gate, also during the tries. */
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

    /**
     * Locks for a write. Waits until no thread holds the lock. Must not be called by a thread that
     * has the lock already, see {@link #isHeldByThisThread}.
     */
    long lockForWrite() {
        long stamp = tryWriteLock();
        if (stamp == 0) {
            long begun = Waits.begin();
            stamp = awaitWriteLock();
            Waits.end(begun);
        }
        owner = Thread.currentThread().threadId();
        beginStores();
        return stamp;
    }

    /** Turns the version of a reader into the write lock; returns 0 if a thread has written since. */
    long lockUnchanged(long version) {
        long stamp = tryConvertToWriteLock(version);
        if (stamp != 0) {
            beginStores();
        }
        return stamp;
    }

    /**
     * Waits for the lock to write. Looks for some time first, as {@link #version} does, unless another
     * thread has waited for longer.
     */
    private long awaitWriteLock() {
        for (int spins = 0; spins < SPINS && writers.get() == 0; spins++) {
            Thread.onSpinWait();
            long stamp = tryWriteLock();
            if (stamp != 0) {
                return stamp;
            }
        }
        writers.incrementAndGet();
        try {
            return writeLock();
        } finally {
            writers.decrementAndGet();
        }
    }

    /**
     * Lets the threads in that wait to write. A thread that locks again and again calls this in
     * between: it would be faster than the thread that its unlock has woken, each time. Returns when
     * no thread waits, or after about a millisecond.
     */
    void letWritersIn() {
        for (int i = 0; i < MOST_PAUSES && writers.get() != 0; i++) {
            LockSupport.parkNanos(PAUSE_NANOS);
        }
    }

    /**
     * Locks for a write without waiting; returns 0 if another thread writes or reads under the
     * lock.
     */
    long tryLockForWrite() {
        StackReserve.claim();
        long stamp = tryWriteLock();
        if (stamp != 0) {
            owner = Thread.currentThread().threadId();
            beginStores();
        }
        return stamp;
    }

    /** Lets readers in, but no writer; returns the stamp to use from now on. */
    long admitReaders(long stamp) {
        if (isWriteLockStamp(stamp)) {
            endStores();
        }
        long converted = tryConvertToReadLock(stamp); // never fails for a holder of the write lock
        wake();
        return converted;
    }

    /**
     * Waits until all readers have left, which hold the lock for a moment or for a function;
     * returns the stamp to use from now on. A read from within a function is still let in, as this
     * thread may wait for that function.
     */
    long excludeReaders(long stamp) {
        if (isWriteLockStamp(stamp)) {
            return stamp;
        }
        long converted = tryConvertToWriteLock(stamp);
        if (converted == 0) {
            converted = awaitExclusion(stamp);
        }
        beginStores();
        return converted;
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
        endStores();
        super.unlockWrite(stamp);
        wake();
    }

    /**
     * Wakes the threads that wait for an unlock, so that they try again; called after each unlock.
     */
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

    /**
     * Ends a write, whether readers have been let in or not. If the write has deferred any work,
     * does it with readers let in.
     */
    void endWrite(long stamp) {
        if (table.hasDeferred()) {
            runDeferredAndEndWrite(stamp);
        } else {
            owner = 0;
            unlock(stamp);
        }
    }

    private void runDeferredAndEndWrite(long stamp) {
        owner = Thread.currentThread().threadId();
        long admitted = admitReaders(stamp);
        try {
            table.runDeferred();
        } catch (IllegalStateException ended) {
            torn = true;
            throw ended;
        } finally {
            owner = 0;
            unlock(admitted);
        }
    }

    /** Returns whether this thread keeps writers out. */
    boolean isHeldByThisThread() {
        return owner == Thread.currentThread().threadId();
    }
}
