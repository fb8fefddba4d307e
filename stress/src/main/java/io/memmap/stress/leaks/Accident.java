package io.memmap.stress.leaks;

/** The accidents: programming errors that leak native memory. */
enum Accident {
    REQUEST_CACHE(1, "a global cache whose values keep their requests"),
    WAITING_CONTEXTS(2, "contexts in a map, each with a worker that waits for its end"),
    IDENTITY_KEYS(3, "entries whose keys are addresses of objects"),
    STATIC_ARENA(4, "an automatic arena in a static field"),
    KEPT_SLICES(5, "slices kept after their owner is forgotten");

    private final int number;
    private final String title;

    Accident(int number, String title) {
        this.number = number;
        this.title = title;
    }

    int number() {
        return number;
    }

    String title() {
        return title;
    }

    /**
     * Begins one form of the accident. The broken form records the memory that it keeps in the
     * ledger.
     */
    Scenario begin(Form form, Ledger ledger) {
        boolean broken = form == Form.BROKEN;
        return switch (this) {
            case REQUEST_CACHE -> broken ? new RequestCache.Broken(ledger) : new RequestCache.Mended();
            case WAITING_CONTEXTS -> broken ? new WaitingContexts.Broken(ledger) : new WaitingContexts.Mended();
            case IDENTITY_KEYS -> broken ? new IdentityKeys.Broken(ledger) : new IdentityKeys.Mended();
            case STATIC_ARENA -> broken ? new StaticArena.Broken(ledger) : new StaticArena.Mended();
            case KEPT_SLICES -> broken ? new KeptSlices.Broken(ledger) : new KeptSlices.Mended();
        };
    }
}
