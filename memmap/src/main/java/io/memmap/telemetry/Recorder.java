package io.memmap.telemetry;

import jdk.jfr.FlightRecorder;

/** Says whether the flight recorder is in use. */
public final class Recorder {
    private Recorder() {}

    /**
     * Returns whether the process has used its flight recorder. If not, the caller must not touch the class of
     * an event: its first use loads the recorder, which takes longer than to open a heap.
     */
    public static boolean isOn() {
        return FlightRecorder.isInitialized();
    }
}
