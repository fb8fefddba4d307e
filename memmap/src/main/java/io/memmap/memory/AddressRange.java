package io.memmap.memory;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.util.concurrent.TimeUnit;

/**
 * The address range of one heap. It stays mapped until no thread can be reading in it.
 *
 * <p>When a shared arena closes, the JDK makes a handshake with each thread, so that accesses under
 * way in other threads have ended. There is one exception. If the handshake meets a thread inside
 * an access, at a point where the thread cannot be thrown an exception at once, that thread
 * continues and may read once more (JDK-8364167, openjdk/jdk pull request 30436 of March 2026, not
 * in 25.0.3). If the addresses were unmapped by then, this read would end the JVM. Therefore the
 * end of the arena gives all pages back at once but keeps the addresses mapped. A late read finds
 * zeros, and the operating system keeps no page for them. The addresses are unmapped when the
 * garbage collector has found the arena's scope unreachable. Each access keeps the scope of its
 * segment reachable until the access is done. Automatic arenas depend on the same rule: nothing
 * else keeps their memory mapped during an access.
 *
 * <p>Only one thread can read the memory of a confined arena, and that thread closes the arena. So
 * its addresses are unmapped at once.
 */
final class AddressRange implements Runnable {
    /**
     * Limits the wait in {@link #collect}: if something still holds a dead heap, the collector
     * finds nothing.
     */
    private static final long MAX_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);

    /**
     * A thread that is never the caller. An arena that this thread may access is open to all
     * threads.
     */
    private static final Thread OTHER_THREAD =
            Thread.ofPlatform().inheritInheritableThreadLocals(false).unstarted(() -> {});

    private static final Object UNMAPPED = new Object();
    /**
     * Bytes of the ranges whose arena has ended but that are still mapped. Guarded by {@link
     * #UNMAPPED}.
     */
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

    /**
     * Holds the one thread that unmaps unreachable ranges. It starts with the first shared arena.
     */
    private static final class Collector {
        static final Cleaner CLEANER = Cleaner.create();
    }

    /** Sets the segment that covers this range. Its arena decides whether the range is shared. */
    synchronized void startLife(MemorySegment memory) {
        if (memory.isAccessibleBy(OTHER_THREAD)) {
            isShared = true;
            Collector.CLEANER.register(memory.scope(), this);
        }
    }

    /** Gives the pages back, and unmaps the addresses if no thread can be reading. */
    synchronized void endLife() {
        if (!isShared || isUnreachable || !owner.vacate(address, bytes)) {
            VirtualMemory.munmap(address, bytes);
            return;
        }
        isVacated = true;
        addWaiting(bytes);
    }

    /**
     * Runs when the scope is unreachable. For an automatic arena, this may be before or after the
     * end of the arena.
     */
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

    /** Returns how many bytes are still mapped although their arena has ended. */
    static long waiting() {
        synchronized (UNMAPPED) {
            return waiting;
        }
    }

    /**
     * Asks the garbage collector to find unreachable ranges. Returns whether at least one range was
     * unmapped.
     */
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
