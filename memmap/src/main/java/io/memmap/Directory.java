package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BucketLayout;
import io.memmap.format.ElementKind;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a heap: a map of the heap, from names to pointers of maps. The heap's header has
 * the pointer of the directory. It is made with the first name. Each map in it, and the directory
 * itself, has the option {@link HmapLayout#NAMED}. So a map with this option that is not in the
 * directory was made by a process that died before it could store the name.
 *
 * <p>The lock of this object guards the directory. A thread that holds it may take the heap's lock,
 * but not the other way round.
 */
final class Directory implements MapNames {
    private static final String NAME = "(directory)";
    private static final MapType TYPE = new MapType(Type.UTF8, Type.LONG);

    private final NativeHeap heap;
    /** The map of names, or null while this object has not looked for it. */
    private @Nullable MemMap<String, Long> names;

    Directory(NativeHeap heap) {
        this.heap = heap;
    }

    static String requireName(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("the name of a map must have at least one character");
        }
        return name;
    }

    @Override
    public synchronized <M> M open(String name, MapType type, LongFunction<M> finder, Supplier<M> maker) {
        MemMap<String, Long> known = find();
        long pointer = known == null ? 0 : pointerOf(known, name);
        if (pointer != 0) {
            String found = MapType.nameAt(heap.memory, pointer);
            if (!found.equals(type.toString())) {
                throw new IllegalArgumentException(
                        "the map named " + name + " is a " + found + ", not a " + type + ": open it as what it is");
            }
            return finder.apply(pointer);
        }
        if (known == null) {
            known = make();
        }
        M map = maker.get();
        try {
            known.set(name, ((MapHandle) map).pointer());
        } catch (Throwable failed) {
            ((HashTable) map).free();
            throw failed;
        }
        return map;
    }

    @Override
    public synchronized Map<String, MapInfo> list() {
        Map<String, MapInfo> maps = new TreeMap<>();
        MemMap<String, Long> known = find();
        if (known != null) {
            for (String name : known.asMap().keySet()) {
                long pointer = pointerOf(known, name);
                long size = Mem.getLong(heap.memory, pointer + HmapLayout.COUNT);
                maps.put(name, new MapInfo(name, MapType.nameAt(heap.memory, pointer), size, pointer));
            }
        }
        return Collections.unmodifiableMap(maps);
    }

    @Override
    public synchronized boolean free(String name) {
        MemMap<String, Long> known = find();
        long pointer = known == null ? 0 : pointerOf(known, name);
        if (pointer != 0) {
            anyMapAt(pointer).free();
        }
        return pointer != 0;
    }

    @Override
    public synchronized void forget(String name, long pointer) {
        MemMap<String, Long> known = find();
        if (known != null && Objects.equals(known.getOrDefault(name, 0L), pointer)) {
            known.delete(name);
        }
    }

    /** Returns the map of names, or null if the heap has none. */
    private @Nullable MemMap<String, Long> find() {
        MemMap<String, Long> known = names;
        long pointer = heap.directory();
        if (known == null && pointer != 0) {
            known = MemMap.at(heap, pointer, Type.UTF8, Type.LONG);
            names = known;
        }
        return known;
    }

    private MemMap<String, Long> make() {
        long header = MapHandle.makeHeader(heap, TYPE, Geometry.DEFAULT, HmapLayout.NAMED, NAME);
        MemMap<String, Long> made = MemMap.handle(heap, header, Type.UTF8, Type.LONG);
        made.initialize(0);
        heap.setDirectory(header);
        names = made;
        return made;
    }

    /**
     * Returns the pointer that the directory has for a name; 0 if it has none.
     *
     * @throws IllegalArgumentException if there is no map
     */
    private long pointerOf(MemMap<String, Long> known, String name) {
        long pointer = known.getOrDefault(name, 0L);
        if (pointer != 0) {
            String fault = heap.isBlock(pointer, BlockKind.HEADER)
                    ? HeaderCheck.faultInConstants(heap, pointer)
                    : "pointer " + pointer + " is not a map of this heap";
            if (fault != null) {
                throw new IllegalArgumentException("the map named " + name + " is broken: " + fault);
            }
        }
        return pointer;
    }

    /**
     * Returns a handle that can free the map at this pointer, whatever its type. It must not be used
     * for anything else, as its types say no more than which objects lie outside their slots.
     */
    private HashTable anyMapAt(long hmap) {
        BucketLayout layout = BucketLayout.read(heap.memory, hmap);
        boolean isOfStructs = Mem.getByte(heap.memory, hmap + HmapLayout.VALUE_KIND) == ElementKind.STRUCT.code();
        if (layout.geometry() == BucketLayout.PAGE && !isOfStructs) {
            return layout.keyBytes() == Long.BYTES ? LongLongMap.at(heap, hmap) : IntIntMap.at(heap, hmap);
        }
        int options = Mem.getByte(heap.memory, hmap + HmapLayout.OPTIONS);
        Type<?> key = anyType(options & HmapLayout.KEYS_OUTSIDE, layout.keyBytes());
        Type<?> value = anyType(options & HmapLayout.VALUES_OUTSIDE, layout.valueBytes());
        return MemMap.handle(heap, hmap, key, value);
    }

    /** Returns a type of this many bytes or, if {@code outside} is not 0, one that lies outside its slot. */
    private static Type<?> anyType(int outside, int bytes) {
        if (outside != 0) {
            return Type.BYTES;
        }
        return switch (bytes) { // an index of integers needs a type that has an order
            case Long.BYTES -> Type.LONG;
            case Integer.BYTES -> Type.INT;
            case Short.BYTES -> Type.SHORT;
            case Byte.BYTES -> Type.BYTE;
            default ->
                Type.struct(MemoryLayout.structLayout(MemoryLayout.sequenceLayout(bytes, ValueLayout.JAVA_BYTE)
                        .withName("bytes")));
        };
    }
}
