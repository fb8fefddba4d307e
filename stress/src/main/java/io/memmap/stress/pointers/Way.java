package io.memmap.stress.pointers;

/**
 * How a program accesses a map: through a map object, or through addresses with or without checks.
 */
enum Way {
    MEMMAP("memmap"),
    CHECKED("checked UnsafeMemory"),
    RAW("sun.misc.Unsafe");

    private final String title;

    Way(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }
}
