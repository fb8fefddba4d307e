package io.memmap.telemetry;

/**
 * What is known of the snapshots of a heap. The figures of a snapshot are those of the last one that
 * was written. Times are those of {@link System#nanoTime}.
 *
 * @param taken the snapshots that were written
 * @param failed the snapshots that failed
 * @param path the file of the snapshot
 * @param takenAt when it was complete
 * @param tookNanos the time that it took
 * @param bytes the size of the file
 * @param maps the maps that have a name in it
 * @param allAtOnce whether all maps are of one moment
 * @param failure why the last snapshot that failed did so; empty if none has failed
 * @param failedAt when it failed
 */
public record SnapshotFigures(
        long taken,
        long failed,
        String path,
        long takenAt,
        long tookNanos,
        long bytes,
        int maps,
        boolean allAtOnce,
        String failure,
        long failedAt) {
    /** The figures of a heap without a snapshot. */
    public static final SnapshotFigures NONE = new SnapshotFigures(0, 0, "", 0, 0, 0, 0, false, "", 0);

    /** Returns the figures after one more snapshot, just now. */
    public SnapshotFigures plus(String file, long nanos, long size, int named, boolean ofOneMoment) {
        return new SnapshotFigures(
                taken + 1, failed, file, System.nanoTime(), nanos, size, named, ofOneMoment, failure, failedAt);
    }

    /** Returns the figures after a snapshot that failed, just now. */
    public SnapshotFigures plusFailure(String why) {
        return new SnapshotFigures(
                taken, failed + 1, path, takenAt, tookNanos, bytes, maps, allAtOnce, why, System.nanoTime());
    }
}
