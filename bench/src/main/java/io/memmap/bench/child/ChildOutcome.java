package io.memmap.bench.child;

import io.memmap.bench.console.BenchException;
import java.util.Optional;

/**
 * The end of a child process.
 *
 * @param figures the figures that the child reported; may be incomplete if it failed
 * @param failure the reason why the child failed; empty if it succeeded
 */
public record ChildOutcome(Figures figures, Optional<ChildFailure> failure) {
    /** Returns the figures. Throws a BenchException with the name of the contender if it failed. */
    public Figures figuresOf(String contender) {
        if (failure.isPresent()) {
            throw new BenchException(contender + " " + failure.get().reason());
        }
        return figures;
    }
}
