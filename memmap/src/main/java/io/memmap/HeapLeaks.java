package io.memmap;

import io.memmap.telemetry.AllocationSampler;
import io.memmap.telemetry.Leaks;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.WeakReference;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether {@link Leaks} tracks a heap, and which of its maps, as the {@link LeakDetection}
 * of the heap says. Refers to the heap weakly, so that a heap that is tracked can become
 * unreachable.
 */
final class HeapLeaks {
    /** The level {@link LeakDetection#ADVANCED} tracks one of this many maps. */
    private static final int MAPS_A_TRACKED_ONE = 128;

    /** The scope of the global arena: the only scope that never ends, and that runs no actions. */
    private static final MemorySegment.Scope GLOBAL = Arena.global().scope();

    private final WeakReference<NativeHeap> heap;
    private final AllocationSampler sampler;
    private final LeakDetection level;

    HeapLeaks(NativeHeap heap, AllocationSampler sampler, LeakDetection level) {
        this.heap = new WeakReference<>(heap);
        this.sampler = sampler;
        this.level = level;
    }

    /**
     * Begins to track the heap; returns null if it is not tracked.
     *
     * @param scope the scope of the heap's memory
     * @param endIsTold whether the heap learns of the end of its arena
     */
    Leaks.@Nullable Tracked trackHeap(MemorySegment.Scope scope, boolean endIsTold) {
        if (!endIsTold) {
            return Leaks.heapOfSilentArena(sampler, heap);
        }
        if (level == LeakDetection.DISABLED || scope.equals(GLOBAL)) {
            return null;
        }
        return Leaks.heap(sampler, heap, level.compareTo(LeakDetection.ADVANCED) >= 0);
    }

    /** Begins to track a map that was just made; returns null if this map is not tracked. */
    Leaks.@Nullable Tracked trackMap(String name) {
        boolean tracked = switch (level) {
            case DISABLED, SIMPLE -> false;
            case ADVANCED -> ThreadLocalRandom.current().nextInt(MAPS_A_TRACKED_ONE) == 0;
            case PARANOID -> true;
        };
        try {
            return tracked ? Leaks.map(name, sampler, heap) : null;
        } catch (OutOfMemoryError | StackOverflowError lost) { // the map is made
            AllocationSampler.lose();
            return null;
        }
    }
}
