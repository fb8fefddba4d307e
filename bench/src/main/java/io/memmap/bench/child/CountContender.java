package io.memmap.bench.child;

/** The contenders of the default command. */
public enum CountContender {
    NO_OP("no-op loop"),
    HASH_MAP("HashMap<Long, Long>"),
    MEMMAP("LongLongMap");

    private final String title;

    CountContender(String title) {
        this.title = title;
    }

    /** Returns the name that people know it by. */
    public String title() {
        return title;
    }

    /** Makes empty counts. */
    WindowCounts open() {
        return switch (this) {
            case NO_OP -> new WindowCounts.NoOp();
            case HASH_MAP -> new WindowCounts.Boxed();
            case MEMMAP -> new WindowCounts.Native();
        };
    }
}
