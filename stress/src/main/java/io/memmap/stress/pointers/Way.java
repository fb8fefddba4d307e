package io.memmap.stress.pointers;

/** How a program holds on to a map. */
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
