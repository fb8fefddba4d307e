package io.memmap.stress;

import java.util.List;

/** A mode in which HotSpot compiles or interprets code. */
enum JitMode {
    TIERED("default", ""),
    C2("C2 only", "-XX:-TieredCompilation"),
    C1("C1 only", "-XX:TieredStopAtLevel=1"),
    INTERPRETER("interpreter", "-Xint");

    private final String title;
    private final String option;

    JitMode(String title, String option) {
        this.title = title;
        this.option = option;
    }

    String title() {
        return title;
    }

    /** Returns the JVM's options for this mode. */
    List<String> options() {
        return option.isEmpty() ? List.of() : List.of(option);
    }
}
