package io.memmap.telemetry;

import org.jspecify.annotations.Nullable;

/**
 * The end of a heap, as an action that its arena runs. Only the arena, and the heap, may hold it: if neither can be reached any
 * more and it has not run, nobody can end the arena. Of an automatic arena the JDK's cleaner holds it until it has run.
 */
public final class HeapEnd implements Runnable {
    private final AllocationSampler sampler;
    private final Leaks.@Nullable Tracked tracked;

    /** The end of the heap with this profile, which is tracked or not. */
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
