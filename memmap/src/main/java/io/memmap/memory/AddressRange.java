package io.memmap.memory;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.concurrent.TimeUnit;

/**
 * The addresses of a heap, which stay mapped until no thread can be reading there.
 *
 * <p>When a shared arena closes, the JDK sees to it that an access of another thread that is under way has ended, by a
 * handshake with each thread. Not in all cases: a thread that the handshake meets inside an access, where it cannot be thrown
 * an exception at once, goes on and may read once more (JDK-8364167, openjdk/jdk pull request 30436 of March 2026, behind
 * 25.0.3). Were the addresses unmapped by then, that read would end the JVM. So the arena's end gives all pages back at once,
 * and what a late read finds is zeros, of which no page is kept. The addresses themselves go when the garbage collector has
 * found the arena's scope unreachable. Each access keeps the scope of its segment reachable until it is done: by that alone
 * the memory of automatic arenas outlives what is under way there.
 *
 * <p>A confined arena is closed by the only thread that can read, and its addresses go at once.
 */
final class AddressRange implements Runnable {
    /** The collector may find nothing, if whoever holds a dead heap does not let go of it. */
    private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A thread that is never the caller: an arena that lets it in lets everyone in. */
    private static final Thread OTHER_THREAD =
            Thread.ofPlatform().inheritInheritableThreadLocals(false).unstarted(() -> {});

    private static final Object UNMAPPED = new Object();
    /** Bytes of the ranges whose arena has ended and that are still mapped; guarded by {@link #UNMAPPED}. */
    private static long waiting;

    private final VirtualMemory owner;
    final long address;
    final long bytes;

    private boolean isShared;
    private boolean isVacated;
    private boolean isUnreachable;

    AddressRange(VirtualMemory owner, long address, long bytes) {
        this.owner = owner;
        this.address = address;
        this.bytes = bytes;
    }

    /** The one thread that collects ranges, if there is ever a shared arena. */
    private static final class Collector {
        static final Cleaner CLEANER = Cleaner.create();
    }

    /** Says whose memory this is. */
    synchronized void startLife(MemorySegment memory) {
        if (memory.isAccessibleBy(OTHER_THREAD)) {
            isShared = true;
            Collector.CLEANER.register(memory.scope(), this);
        }
    }

    /** Gives the pages back, and the addresses if nobody can be reading. */
    synchronized void endLife() {
        if (!isShared || isUnreachable || !owner.vacate(address, bytes)) {
            VirtualMemory.munmap(address, bytes);
            return;
        }
        isVacated = true;
        addWaiting(bytes);
    }

    /** Nobody can reach the scope any more. Where the arena is automatic, its end may come before or behind. */
    @Override
    public synchronized void run() {
        isUnreachable = true;
        if (isVacated) {
            VirtualMemory.munmap(address, bytes);
            addWaiting(-bytes);
        }
    }

    private static void addWaiting(long change) {
        synchronized (UNMAPPED) {
            waiting += change;
            UNMAPPED.notifyAll();
        }
    }

    /** Returns how many bytes are mapped although their arena has ended. */
    static long waiting() {
        synchronized (UNMAPPED) {
            return waiting;
        }
    }

    /** Has the garbage collector look for ranges that nobody can read, and returns whether one has gone. */
    static boolean collect() {
        long before = waiting();
        if (before == 0) {
            return false;
        }
        System.gc();
        long start = System.nanoTime();
        synchronized (UNMAPPED) {
            for (long left = MAX_WAIT_NANOS; waiting >= before && left > 0; ) {
                try {
                    TimeUnit.NANOSECONDS.timedWait(UNMAPPED, left);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    return waiting < before;
                }
                left = MAX_WAIT_NANOS - (System.nanoTime() - start);
            }
            return waiting < before;
        }
    }
}
