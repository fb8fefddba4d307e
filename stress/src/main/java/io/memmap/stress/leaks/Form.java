package io.memmap.stress.leaks;

import java.util.Locale;

/** The two forms of an accident: with the error, and with the error mended. */
enum Form {
    BROKEN,
    MENDED;

    String title() {
        return name().toLowerCase(Locale.ROOT);
    }
}
