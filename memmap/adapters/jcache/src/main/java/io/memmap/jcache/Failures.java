package io.memmap.jcache;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/** What callers' code throws. */
final class Failures {
    private static final Logger LOGGER = System.getLogger(Failures.class.getPackageName());

    private Failures() {}

    /** Returns the first failure, with the next one as suppressed; null without failures. */
    @SuppressWarnings("ReferenceEquality") // an exception cannot suppress itself
    static @Nullable Throwable add(@Nullable Throwable first, @Nullable Throwable next) {
        if (first == null) {
            return next;
        }
        if (next != null && next != first) {
            first.addSuppressed(next);
        }
        return first;
    }

    /** Throws an unchecked exception, or an error, if there is one. */
    static void rethrow(@Nullable Throwable failure) {
        switch (failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new AssertionError(e);
        }
    }

    /** Logs a failure that no caller waits for, if there is one. */
    static void log(String place, @Nullable Throwable failure) {
        if (failure != null) {
            LOGGER.log(Level.WARNING, place + " failed", failure);
        }
    }
}
