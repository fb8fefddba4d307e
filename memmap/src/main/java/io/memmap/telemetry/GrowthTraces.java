package io.memmap.telemetry;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The growths of the maps of one heap that are being traced, by the pointer of the map. */
public final class GrowthTraces {
    /**
     * Null while no growth is traced. A write to a growing map then reads only this field. A thread
     * that sees an older value misses a trace, and that is the only consequence.
     */
    private @Nullable Map<Long, GrowthTrace> running;

    /**
     * Returns the trace of the growth of the map that has this pointer, or null if that growth is
     * not traced.
     */
    @Nullable
    public GrowthTrace of(long pointer) {
        Map<Long, GrowthTrace> traces = running;
        return traces == null ? null : traces.get(pointer);
    }

    /** Adds the trace of the growth of the map that has this pointer. */
    public synchronized void begin(long pointer, GrowthTrace trace) {
        Map<Long, GrowthTrace> traces = running;
        if (traces == null) {
            traces = new ConcurrentHashMap<>();
            running = traces;
        }
        traces.put(pointer, trace);
    }

    /** Removes the trace of the map that has this pointer, if there is one. */
    public void end(long pointer) {
        if (running != null) {
            remove(pointer);
        }
    }

    private synchronized void remove(long pointer) {
        Map<Long, GrowthTrace> traces = running;
        try {
            if (traces != null && traces.remove(pointer) != null && traces.isEmpty()) {
                running = null;
            }
        } catch (OutOfMemoryError | StackOverflowError lost) {
            // there is no memory to look the trace up: no running growth is traced any more
            running = null;
        }
    }
}
