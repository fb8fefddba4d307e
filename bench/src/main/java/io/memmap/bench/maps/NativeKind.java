package io.memmap.bench.maps;

import java.util.Arrays;
import java.util.Optional;

/** The maps of other languages that are measured. */
public enum NativeKind {
    GO("Go"),
    BOOST("boost::unordered_flat_map"),
    ABSL("absl::flat_hash_map"),
    STD("std::unordered_map");

    private final String prefix;

    NativeKind(String prefix) {
        this.prefix = prefix;
    }

    /** Returns the prefix of the titles of its contenders. */
    public String prefix() {
        return prefix;
    }

    public boolean isGo() {
        return this == GO;
    }

    /** Returns the kind of a contender by its title. */
    public static Optional<NativeKind> of(String title) {
        return Arrays.stream(values())
                .filter(kind -> title.startsWith(kind.prefix + " ") || title.equals(kind.prefix))
                .findFirst();
    }
}
