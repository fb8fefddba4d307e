package io.memmap;

import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * The directory of a heap that is read only. Another process may change the directory meanwhile. So each
 * method reads it anew, under its {@link SequenceWord}.
 */
final class ReadOnlyDirectory implements MapNames {
    private final NativeHeap heap;
    /** What checks the pointers of the directory. It knows no map of names. */
    private final Directory directory;

    ReadOnlyDirectory(NativeHeap heap) {
        this.heap = heap;
        directory = new Directory(heap);
    }

    /** Opens a plain map, and keeps other processes from writing to the file from now on. */
    @Override
    public <M> M open(String name, MapType type, LongFunction<M> finder, Supplier<M> maker) {
        findMap(name, type, false);
        heap.keepWritersOut("a map for one thread at a time, such as " + name + ",");
        return finder.apply(findMap(name, type, false));
    }

    @Override
    public NamedShards openShards(
            String name,
            MapType type,
            LongFunction<? extends NamedShards> finder,
            Supplier<? extends NamedShards> maker) {
        return finder.apply(findMap(name, type, true));
    }

    @Override
    public HeapWords words(String name, int size) {
        return new HeapWords(
                heap, name, find("no words are", name, pointer -> directory.requireWords(name, pointer, size)));
    }

    private long findMap(String name, MapType type, boolean isShared) {
        return find("no map is", name, pointer -> directory.requireType(name, pointer, type, isShared));
    }

    /**
     * Returns the pointer that the directory has for a name.
     *
     * @param none the first words of the message of an exception if there is no such name
     * @param check throws if the pointer is not one that is looked for
     */
    private long find(String none, String name, LongConsumer check) {
        long names = heap.directory();
        long found = names == 0
                ? 0
                : wordOf(names).read(version -> {
                    long pointer = directory.pointerOf(mapAt(names), name);
                    if (pointer != 0) {
                        check.accept(pointer);
                    }
                    return pointer;
                });
        if (found == 0) {
            throw new IllegalArgumentException(
                    none + " named " + name + " in " + heap.file().path()
                            + ", and a heap that is read only cannot make it. The names are " + list().keySet());
        }
        return found;
    }

    @Override
    public Map<String, MapInfo> list() {
        long pointer = heap.directory();
        if (pointer == 0) {
            return Map.of();
        }
        SequenceWord word = wordOf(pointer);
        return word.read(version -> {
            MemMap<String, Long> names = mapAt(pointer);
            Map<String, MapInfo> maps = new TreeMap<>();
            for (String name : Names.of(names, word, version)) {
                long named = directory.pointerOf(names, name);
                if (!directory.isWords(named)) {
                    maps.put(name, directory.infoOf(name, named));
                }
            }
            return Collections.unmodifiableMap(maps);
        });
    }

    private SequenceWord wordOf(long pointer) {
        return new SequenceWord(
                heap, pointer, Mem.getLong(heap.memory, pointer + HmapLayout.IDENTITY), "the directory of the heap");
    }

    private MemMap<String, Long> mapAt(long pointer) {
        return MemMap.at(heap, pointer, Type.UTF8, Type.LONG);
    }

    /** A walk over the names, which a write may disturb. */
    private static final class Names extends ChainWalk {
        private final MemMap<String, Long> table;
        private final SequenceWord word;
        private final long version;
        private final List<String> names = new ArrayList<>();

        private Names(MemMap<String, Long> table, SequenceWord word, long version) {
            super(table, 1);
            this.table = table;
            this.word = word;
            this.version = version;
        }

        /** Returns all names. They may be wrong if the directory has changed since this version. */
        static List<String> of(MemMap<String, Long> table, SequenceWord word, long version) {
            Names walk = new Names(table, word, version);
            boolean more = true;
            while (more) {
                more = walk.takeSome() && word.isUnchanged(version);
            }
            return walk.names;
        }

        @Override
        void save(long[] slots, int count, long chain, int b) {
            for (int i = 0; i < count; i++) {
                long address = table.keyAddress(slots[i]);
                int length = Type.UTF8.length(mem, address);
                if (length > SequenceWord.TRUSTED_BYTES && !word.isUnchanged(version)) {
                    return; // before it makes room for a length that was torn
                }
                byte[] utf8 = new byte[length];
                Mem.copyOut(mem, Type.UTF8.start(mem, address), utf8, length);
                names.add(new String(utf8, StandardCharsets.UTF_8));
            }
        }
    }

    @Override
    public int copyTo(NativeHeap copy, boolean allAtOnce) {
        throw heap.readOnly();
    }

    @Override
    public void check() {
        heap.withoutWriters("the directory of a heap", () -> {
            new Directory(heap).check();
            return true;
        });
    }

    @Override
    public boolean free(String name) {
        throw heap.readOnly();
    }

    @Override
    public void forget(String name, long pointer) {
        throw heap.readOnly();
    }

    @Override
    public void freeList(long list) {
        throw heap.readOnly();
    }

    @Override
    public void endWrites() {}

    @Override
    public void resumeWrites() {}

    @Override
    public boolean areWhole() {
        return true;
    }
}
