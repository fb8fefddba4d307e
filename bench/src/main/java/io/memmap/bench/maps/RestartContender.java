package io.memmap.bench.maps;

import java.nio.file.Path;

/** A map that lies in a file. */
public enum RestartContender implements Titled {
    MEMMAP("memmap", Contender.MEMMAP_PAGE),
    CHRONICLE("Chronicle Map", Contender.CHRONICLE),
    LMDB("LMDB", Contender.LMDB),
    MAPDB("MapDB", Contender.MAPDB);

    private final String title;
    private final Contender contender;

    RestartContender(String title, Contender contender) {
        this.title = title;
        this.contender = contender;
    }

    @Override
    public String title() {
        return title;
    }

    /** Returns the contender of the other commands that needs the same options of the JVM. */
    public Contender contender() {
        return contender;
    }

    /** Opens the map in this file, or makes it with room for so many entries. */
    public RestartStore open(Path file, boolean ofTexts, int entries) {
        return switch (this) {
            case MEMMAP -> new MemmapRestart(file, ofTexts, entries);
            case CHRONICLE -> new ChronicleRestart(file, ofTexts, entries);
            case LMDB -> new LmdbRestart(file, ofTexts, entries);
            case MAPDB -> new MapdbRestart(file, ofTexts);
        };
    }
}
