package io.memmap.bench.maps;

/** The maps from strings to 100 bytes that are measured. */
public enum TextContender implements Titled {
    MEMMAP_BYTES("MemMap, UTF8 to BYTES"),
    MEMMAP_STRUCT("MemMap, UTF8 to a struct"),
    JDK_HASHMAP("HashMap<String, byte[]>"),
    CHRONICLE("Chronicle Map, sized exactly"),
    OHC("OHC, linked");

    private final String title;

    TextContender(String title) {
        this.title = title;
    }

    @Override
    public String title() {
        return title;
    }

    /** Opens what this contender's maps live in. Loads the classes of no other. */
    public TextMaps open() {
        return switch (this) {
            case MEMMAP_BYTES -> new MemmapTextMaps(MemmapBytesMap::new);
            case MEMMAP_STRUCT -> new MemmapTextMaps(MemmapStructMap::new);
            case JDK_HASHMAP -> (hint, limit) -> new BoxedTextMap(hint);
            case CHRONICLE -> (hint, limit) -> new ChronicleTextMap(limit);
            case OHC -> OhcTextMap::new;
        };
    }
}
