package io.memmap;

/** The maps that every promise is tested on: both kinds of key, both geometries, with and without shrinking by itself. */
enum Variant {
    LONG_GO(true, Geometry.GO, false),
    LONG_GO_SHRINKING(true, Geometry.GO, true),
    LONG_LINE(true, Geometry.LINE, false),
    LONG_LINE_SHRINKING(true, Geometry.LINE, true),
    INT_GO(false, Geometry.GO, false),
    INT_GO_SHRINKING(false, Geometry.GO, true),
    INT_LINE(false, Geometry.LINE, false),
    INT_LINE_SHRINKING(false, Geometry.LINE, true);

    final boolean isLong;
    final Geometry geometry;
    final boolean autoShrink;

    Variant(boolean isLong, Geometry geometry, boolean autoShrink) {
        this.isLong = isLong;
        this.geometry = geometry;
        this.autoShrink = autoShrink;
    }

    AnyMap make(NativeHeap heap) {
        return make(heap, 0);
    }

    AnyMap make(NativeHeap heap, long hint) {
        return isLong
                ? AnyMap.of(set(LongLongMap.builder(heap)).hint(hint).make())
                : AnyMap.of(set(IntIntMap.builder(heap)).hint(hint).make());
    }

    /** Returns another handle of the map at this pointer. */
    AnyMap at(NativeHeap heap, long pointer) {
        return isLong ? AnyMap.of(LongLongMap.at(heap, pointer)) : AnyMap.of(IntIntMap.at(heap, pointer));
    }

    AnyMap nil() {
        return isLong ? AnyMap.of(LongLongMap.nil()) : AnyMap.of(IntIntMap.nil());
    }

    /** Sets what this variant says. */
    <M> MapBuilder<M> set(MapBuilder<M> builder) {
        return builder.geometry(geometry).autoShrink(autoShrink);
    }
}
