package io.memmap.stress;

import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The option for how long a program runs. */
final class Seconds {
    private static final int MOST = 1_000_000;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    private int seconds = 60;

    @Option(
            names = "--seconds",
            paramLabel = "N",
            defaultValue = "60",
            description = "Run for about this many seconds, at least 1. Default: ${DEFAULT-VALUE}.")
    void set(int wanted) {
        if (wanted < 1 || wanted > MOST) {
            throw new ParameterException(spec.commandLine(), "--seconds must be 1.." + MOST + ": " + wanted);
        }
        seconds = wanted;
    }

    int get() {
        return seconds;
    }

    /** Returns the moment when this time from now is over, as a value of nanoTime. */
    long fromNow() {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }

    /** Returns the number of seconds until a moment of nanoTime, 0 if it has passed. */
    long until(long end) {
        return Math.max(0, TimeUnit.NANOSECONDS.toSeconds(end - System.nanoTime()));
    }
}
