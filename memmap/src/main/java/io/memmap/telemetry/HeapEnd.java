package io.memmap.telemetry;

import org.jspecify.annotations.Nullable;

/**
 * The action that a heap's arena runs when it ends. Only the arena and the heap may refer to this
 * object. If it becomes unreachable before it has run, then neither of them is reachable, and
 * nothing can end the arena any more. For an automatic arena, the JDK's cleaner refers to this
 * object until it has run.
 */
public final class HeapEnd implements Runnable {
    private final AllocationSampler sampler;
    private final Leaks.@Nullable Tracked tracked;

    /**
     * Creates the action for the heap with this profile. {@code tracked} is null if the heap is not
     * tracked.
     */
    public HeapEnd(AllocationSampler sampler, Leaks.@Nullable Tracked tracked) {
        this.sampler = sampler;
        this.tracked = tracked;
    }

    @Override
    public void run() {
        if (tracked != null) {
            tracked.end();
        }
        sampler.end();
    }
}
