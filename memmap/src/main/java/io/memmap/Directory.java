package io.memmap;

import io.memmap.format.BlockKind;
import io.memmap.format.BucketLayout;
import io.memmap.format.ElementKind;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.ShardsLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The directory of a heap: a map of the heap, from names to pointers. The pointer is that of a map's
 * header, of the {@link ShardList} of a map for many threads, or of {@link HeapWords}. The heap's header
 * has the pointer of the directory. It is made with the first name. Each map in it, each shard of such a
 * map, and the directory itself, has the option {@link HmapLayout#NAMED}. So a map with this option that
 * is not in the directory was made or freed by a process that died meanwhile.
 *
 * <p>The lock of this object guards the directory. A thread that holds it may take the heap's lock,
 * but not the other way round. It waits for no shard's lock, as a function that runs under one may open
 * a map.
 */
final class Directory implements MapNames {
    private static final String NAME = "(directory)";
    private static final MapType TYPE = new MapType(Type.UTF8, Type.LONG);

    private final NativeHeap heap;
    /** The map of names, or null while this object has not looked for it. */
    private @Nullable MemMap<String, Long> names;
    /** Whether a thread changes the map of names, or an exception has ended a change. */
    private volatile boolean isChanging;
    /** The maps for many threads that are open, until they are freed, by the pointers of their lists. */
    private final Map<Long, NamedShards> opened = new ConcurrentHashMap<>();

    Directory(NativeHeap heap) {
        this.heap = heap;
    }

    static String requireName(String name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("the name of a map or of words must have at least one character");
        }
        return name;
    }

    @Override
    public synchronized <M> M open(String name, MapType type, LongFunction<M> finder, Supplier<M> maker) {
        MemMap<String, Long> known = find();
        long pointer = known == null ? 0 : pointerOf(known, name);
        if (pointer != 0) {
            requireType(name, pointer, type, false);
            return finder.apply(pointer);
        }
        if (known == null) {
            known = make();
        }
        M map = maker.get();
        try {
            set(known, name, ((MapHandle) map).pointer());
        } catch (Throwable failed) {
            ((HashTable) map).free();
            throw failed;
        }
        return map;
    }

    @Override
    public synchronized NamedShards openShards(
            String name,
            MapType type,
            LongFunction<? extends NamedShards> finder,
            Supplier<? extends NamedShards> maker) {
        MemMap<String, Long> known = find();
        long pointer = known == null ? 0 : pointerOf(known, name);
        if (pointer != 0) {
            requireType(name, pointer, type, true);
            NamedShards shards = opened.get(pointer);
            if (shards == null) {
                shards = finder.apply(pointer);
                opened.put(pointer, shards);
            }
            return shards;
        }
        if (known == null) {
            known = make();
        }
        NamedShards made = maker.get();
        try {
            set(known, name, made.list());
        } catch (Throwable failed) {
            made.discard();
            throw failed;
        }
        opened.put(made.list(), made);
        return made;
    }

    /** Requires that the map at this pointer has this type, and is for many threads or not. */
    void requireType(String name, long pointer, MapType type, boolean isShared) {
        if (isWords(pointer)) {
            throw new IllegalArgumentException("there are words named " + name + ", and not a " + type);
        }
        String found = MapType.nameAt(heap.memory, headerAt(pointer));
        if (isList(pointer) != isShared) {
            throw new IllegalArgumentException("the map named " + name + " is a " + found
                    + (isShared
                            ? " for one thread at a time: open it with the class that has made it, such as LongLongMap"
                                    + " or MemMap"
                            : " for many threads: open it with the class that has made it, such as SyncLongLongMap or"
                                    + " SyncMap"));
        }
        if (!found.equals(type.toString())) {
            throw new IllegalArgumentException(
                    "the map named " + name + " is a " + found + ", not a " + type + ": open it as what it is");
        }
    }

    /** Stores a name. If the heap has no room, nothing has changed. */
    private void set(MemMap<String, Long> known, String name, long pointer) {
        beginChange(known);
        try {
            known.set(name, pointer);
        } catch (HeapExhaustedException full) {
            endChange(known);
            throw full;
        }
        endChange(known);
    }

    /** Tells other processes not to read the directory. If an exception ends the change, they never do. */
    private void beginChange(MemMap<String, Long> known) {
        isChanging = true;
        if (known.journaled) {
            SequenceWord.beginWrite(heap.memory, known.hmap);
        }
    }

    private void endChange(MemMap<String, Long> known) {
        if (known.journaled) {
            SequenceWord.endWrite(heap.memory, known.hmap);
        }
        isChanging = false;
    }

    @Override
    public synchronized Map<String, MapInfo> list() {
        Map<String, MapInfo> maps = new TreeMap<>();
        MemMap<String, Long> known = find();
        if (known != null) {
            for (String name : known.asMap().keySet()) {
                long pointer = pointerOf(known, name);
                if (!isWords(pointer)) {
                    maps.put(name, infoOf(name, pointer));
                }
            }
        }
        return Collections.unmodifiableMap(maps);
    }

    /** Returns what is to know of the map at this pointer. */
    MapInfo infoOf(String name, long pointer) {
        int shards = isList(pointer) ? ShardList.count(heap.memory, pointer) : 0;
        long size = 0;
        long bytes = 0;
        for (int i = 0; i < Math.max(shards, 1); i++) {
            long header = shards == 0 ? pointer : ShardList.header(heap.memory, pointer, i);
            size += Mem.getLong(heap.memory, header + HmapLayout.COUNT);
            bytes += new ListedMap(heap.memory, header).bytes();
        }
        String type = MapType.nameAt(heap.memory, headerAt(pointer));
        return new MapInfo(name, type, size, bytes, shards, pointer);
    }

    @Override
    public synchronized void check() {
        MemMap<String, Long> known = find();
        if (known != null) {
            known.check();
            for (MapInfo map : list().values()) {
                String stated = MapHandle.text(heap.memory, headerAt(map.pointer()) + HmapLayout.NAME);
                if (!stated.equals(map.name())) {
                    throw new IllegalStateException(
                            "the directory has the name " + map.name() + " for the map named " + stated);
                }
            }
        }
    }

    @Override
    public boolean free(String name) {
        NamedShards shards;
        synchronized (this) {
            MemMap<String, Long> known = find();
            long pointer = known == null ? 0 : pointerOf(known, name);
            shards = pointer == 0 ? null : opened.get(pointer);
            if (shards == null) {
                return pointer != 0 && freeAt(name, pointer);
            }
        }
        shards.end("NativeHeap.remove"); // waits for threads that may need the directory
        return true;
    }

    /** Frees a map that no thread uses, or only through handles of a plain map. */
    private boolean freeAt(String name, long pointer) {
        if (isWords(pointer)) {
            forget(name, pointer);
            HeapWords.free(heap, pointer);
            return true;
        }
        if (!isList(pointer)) {
            anyMapAt(pointer).free();
            return true;
        }
        forget(name, pointer);
        for (int i = 0; i < ShardList.count(heap.memory, pointer); i++) {
            HashTable shard = anyMapAt(ShardList.header(heap.memory, pointer, i));
            if (shard.isBounded()) {
                Bounds.freeBlocks(shard);
            }
            shard.free();
        }
        freeList(pointer);
        return true;
    }

    @Override
    public void freeList(long list) {
        opened.remove(list); // another list may get the pointer from now on
        ShardList.free(heap, list);
    }

    @Override
    public synchronized void forget(String name, long pointer) {
        MemMap<String, Long> known = find();
        if (known != null && Objects.equals(known.getOrDefault(name, 0L), pointer)) {
            beginChange(known);
            known.delete(name);
            endChange(known);
        }
    }

    @Override
    public void endWrites() {
        for (NamedShards shards : opened.values()) {
            shards.requireNoFunction();
        }
        // All are refused first: a function under a lock of one map may wait for a lock of another.
        for (NamedShards shards : opened.values()) {
            shards.refuse();
        }
        for (NamedShards shards : opened.values()) {
            shards.awaitWriters();
        }
    }

    @Override
    public void resumeWrites() {
        opened.values().forEach(NamedShards::admit);
    }

    @Override
    public boolean areWhole() {
        return !isChanging && opened.values().stream().allMatch(NamedShards::isWhole);
    }

    @Override
    public synchronized HeapWords words(String name, int size) {
        MemMap<String, Long> known = find();
        long pointer = known == null ? 0 : pointerOf(known, name);
        if (pointer == 0) {
            if (known == null) {
                known = make();
            }
            pointer = HeapWords.make(heap, requireName(name), size);
            try {
                set(known, name, pointer);
            } catch (Throwable failed) {
                HeapWords.free(heap, pointer);
                throw failed;
            }
        } else {
            requireWords(name, pointer, size);
        }
        return new HeapWords(heap, name, pointer);
    }

    /** Requires that this pointer is that of so many words. */
    void requireWords(String name, long pointer, int size) {
        if (!isWords(pointer)) {
            throw new IllegalArgumentException("the name " + name + " is that of a map, not of words");
        }
        if (HeapWords.sizeAt(heap.memory, pointer) != size) {
            throw new IllegalArgumentException(
                    "there are " + HeapWords.sizeAt(heap.memory, pointer) + " words named " + name + ", not " + size);
        }
    }

    // ----------------------------------------------------------------------------------- snapshots

    @Override
    public int copyTo(NativeHeap copy, boolean allAtOnce) {
        if (!allAtOnce) {
            return new Copying(copy, false).copyMaps();
        }
        while (true) {
            copy.backAhead(
                    opened.values().stream().mapToLong(NamedShards::bytes).sum()); // before writers wait
            Map<NamedShards, long[]> locked = new HashMap<>();
            try {
                for (NamedShards shards : opened.values()) {
                    locked.put(shards, shards.lockAll());
                }
                synchronized (this) { // no thread that has it waits for a shard
                    if (locked.keySet().containsAll(opened.values())) {
                        return new Copying(copy, true).copyMaps();
                    }
                }
            } finally {
                locked.forEach(NamedShards::unlockAll);
            }
            // a map was opened meanwhile
        }
    }

    /** Returns the names and what they are the names of. */
    private synchronized Map<String, Long> pointers() {
        MemMap<String, Long> known = find();
        Map<String, Long> pointers = new TreeMap<>();
        if (known != null) {
            known.asMap().keySet().forEach(name -> pointers.put(name, pointerOf(known, name)));
        }
        return pointers;
    }

    /** The copying of all words and maps to a heap without names. */
    private final class Copying {
        private final NativeHeap copy;
        private final MapCopier copier;
        /** Whether this thread has the locks of all maps that are open. */
        private final boolean hasLocks;

        private int maps;

        Copying(NativeHeap copy, boolean hasLocks) {
            this.copy = copy;
            this.hasLocks = hasLocks;
            copier = new MapCopier(heap, copy);
        }

        int copyMaps() {
            Map<String, Long> pointers = pointers();
            if (pointers.isEmpty()) {
                return 0;
            }
            MemMap<String, Long> copies = new Directory(copy).make();
            pointers.forEach((name, pointer) -> { // before the maps, so that no map is behind them
                if (isWords(pointer)) {
                    copies.set(name, copier.block(pointer, BlockKind.ENTRY));
                }
            });
            pointers.forEach((name, pointer) -> {
                if (!isWords(pointer)) {
                    copies.set(name, copyMap(name, pointer));
                    maps++;
                }
            });
            return maps;
        }

        private long copyMap(String name, long pointer) {
            NamedShards shards;
            synchronized (Directory.this) { // so that no thread opens a map that is not open
                shards = hasLocks ? null : opened.get(pointer);
                if (shards == null) {
                    if (pointerOf(Objects.requireNonNull(find()), name) != pointer) {
                        throw new IllegalStateException("the map named " + name + " was removed during the snapshot");
                    }
                    return isList(pointer) ? copyList(pointer) : copier.copy(pointer);
                }
            }
            copy.backAhead(shards.bytes()); // before writers wait
            List<Long> headers = new ArrayList<>();
            shards.forEachHeader(header -> headers.add(copier.copy(header)));
            return copyList(pointer, headers);
        }

        /** Copies the shards of a map that is not open. */
        private long copyList(long list) {
            List<Long> headers = new ArrayList<>();
            for (int i = 0; i < ShardList.count(heap.memory, list); i++) {
                headers.add(copier.copy(ShardList.header(heap.memory, list, i)));
            }
            return copyList(list, headers);
        }

        private long copyList(long list, List<Long> headers) {
            long[] pointers = headers.stream().mapToLong(Long::longValue).toArray();
            int hash0 = Mem.getInt(heap.memory, list + ShardsLayout.HASH0);
            return ShardList.make(copy, pointers, hash0, TYPE, NAME);
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
    long pointerOf(MemMap<String, Long> known, String name) {
        long pointer = known.getOrDefault(name, 0L);
        if (pointer != 0) {
            String fault = isWords(pointer)
                    ? HeapWords.fault(heap.memory, pointer, heap.blockBytes(pointer))
                    : isList(pointer) ? faultInList(pointer) : faultAt(pointer);
            if (fault != null) {
                throw new IllegalArgumentException("the map named " + name + " is broken: " + fault);
            }
        }
        return pointer;
    }

    private @Nullable String faultAt(long header) {
        return heap.isBlock(header, BlockKind.HEADER)
                ? HeaderCheck.faultInConstants(heap, header)
                : "pointer " + header + " is not a map of this heap";
    }

    private @Nullable String faultInList(long list) {
        String fault = ShardList.fault(heap.memory, list, heap.blockBytes(list));
        for (int i = 0; fault == null && i < ShardList.count(heap.memory, list); i++) {
            long header = ShardList.header(heap.memory, list, i);
            fault = faultAt(header);
            if (fault == null) {
                fault = ShardList.faultInShard(heap.memory, list, header);
            }
        }
        return fault;
    }

    /** Returns whether this pointer is that of a list of shards, and not of a header. */
    private boolean isList(long pointer) {
        return heap.isBlock(pointer, BlockKind.ENTRY) && !HeapWords.areAt(heap.memory, pointer);
    }

    /** Returns whether this pointer is that of words. */
    boolean isWords(long pointer) {
        return heap.isBlock(pointer, BlockKind.ENTRY) && HeapWords.areAt(heap.memory, pointer);
    }

    /** Returns the header of a map, or that of its first shard. */
    private long headerAt(long pointer) {
        return isList(pointer) ? ShardList.header(heap.memory, pointer, 0) : pointer;
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
        int nodeBytes = (options & HmapLayout.BOUNDED) == 0 ? 0 : Budget.SLOT_BYTES;
        Type<?> value = anyType(options & HmapLayout.VALUES_OUTSIDE, layout.valueBytes() - nodeBytes);
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
