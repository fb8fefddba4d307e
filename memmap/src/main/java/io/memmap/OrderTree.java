package io.memmap;

import static io.memmap.format.OrderLayout.ENTRIES;
import static io.memmap.format.OrderLayout.LENGTH_BITS;
import static io.memmap.format.OrderLayout.LEVEL;
import static io.memmap.format.OrderLayout.MAX_PREFIX_BYTES;
import static io.memmap.format.OrderLayout.PREFIX;
import static io.memmap.format.OrderLayout.PREFIX_BYTES;
import static io.memmap.format.OrderLayout.WORDS;

import io.memmap.codec.EncodedBytes;
import io.memmap.format.BlockKind;
import io.memmap.format.HmapLayout;
import io.memmap.format.Mem;
import io.memmap.format.OrderLayout;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The ordered index of a table: a B+-tree of references to the table's keys. The values stay in the
 * table. The table tells the tree of each key that comes, goes or moves.
 *
 * <p><b>A node</b> has up to {@value OrderLayout#CAPACITY} entries. An entry of a leaf is a key, an
 * entry of an inner node is a child. A node stores the <em>prefix</em>, bytes that its keys share,
 * and for each entry a <em>word</em> and a <em>reference</em>. The word is the eight bytes of the key
 * behind the prefix, as a number whose order is that of the keys. So a search mostly compares
 * numbers, and reads the keys only if their words are equal. The reference of a child is its
 * pointer. The reference of an integer is the integer. The reference of a string or a byte array is
 * its pointer divided by 8, and its length in the low 25 bits; 0 for the key without bytes. Bytes
 * of a key that are compared are those of its {@linkplain KeyOrder ordered form}.
 *
 * <p>An inner node stores no keys. The key that separates a child from the one before it is the
 * child's <em>first key</em>: that of its first leaf's first entry. So the tree never refers to a key
 * that has been removed.
 *
 * <p><b>Invariants.</b> {@link OrderCheck} recomputes them.
 *
 * <ul>
 *   <li>T1: all leaves have the same depth. No node is empty, except a root that is a leaf. An inner
 *       root has at least two children.
 *   <li>T2: the keys of the leaves ascend strictly. They are the keys of the table, or some of them
 *       while the index is being built. count and nodes agree.
 *   <li>T3: each key of a leaf begins with the leaf's prefix, and its word is the one behind it.
 *   <li>T4: for each child of an inner node but the first: of the keys that begin with the node's
 *       prefix, those of the children before it have no greater word than the child's, and are less
 *       than its first key if the words are equal; and those of it and of the children behind it
 *       have no smaller word. The words of the children but the first do not descend. Keys that do
 *       not begin with the prefix are in the first child if they are less, or else in the last one.
 *   <li>T5: a reference of a leaf names the block of its key.
 * </ul>
 *
 * <p>The word of the first child of an inner node has no meaning. The word of another child need not
 * be that of its first key: it was when it was written, but that key may have been removed since.
 *
 * <p><b>A write</b> has two steps, so that it fails before it has changed anything:
 * {@link #prepare} takes the memory for an insertion, {@link #locate} finds a key. The second step
 * ({@link #insert}, {@link #remove}, {@link #replace}) neither allocates nor fails. A leaf that is
 * full gives entries to a neighbour if it can, before it is split. A node that is not half full is
 * merged with a neighbour if both fit well into one.
 *
 * <p><b>A read</b> ({@link #take}) changes no field of this object, so many threads may read at once.
 * If a thread may write meanwhile, the caller must validate what it has read. All loops are bounded:
 * a node that makes no sense leads to an exception or to a wrong answer.
 */
final class OrderTree {
    /** The longest key of an ordered map, in bytes. */
    static final int MAX_KEY_BYTES = (1 << LENGTH_BITS) - 1;
    /** The greatest height. A tree of this height has more keys than a heap can hold. */
    private static final int MAX_HEIGHT = 24;
    /** The bytes of a key that a node may have of it: its prefix and its word. */
    private static final int HEAD_BYTES = MAX_PREFIX_BYTES + Long.BYTES;

    private static final int BLOCK_SHIFT = 3;

    private final ObjectTable<?, ?> table;
    private final MemorySegment mem;
    final KeyOrder order;
    /** The most entries of a node; tests make it smaller. */
    final int capacity;
    /** The number of free entries from which on a neighbour takes entries of a full leaf. */
    private final int room;

    // What prepare or locate has found, until the second step of the write.
    private final long[] path = new long[MAX_HEIGHT + 1];
    /** For each node of the path the index of its child, or in the leaf that of the key. */
    private final int[] indices = new int[MAX_HEIGHT + 1];

    private int depth;
    private boolean isPresent;
    /** Nodes that the insertion may use. */
    private final long[] taken = new long[MAX_HEIGHT + 2];

    private int takenCount;
    private EncodedBytes key = new EncodedBytes();
    private final EncodedBytes encodedKey = new EncodedBytes();
    private final EncodedBytes orderedKey = new EncodedBytes();

    private final EncodedBytes firstHead = new EncodedBytes();
    private final EncodedBytes lastHead = new EncodedBytes();

    OrderTree(ObjectTable<?, ?> table) {
        this(table, OrderLayout.CAPACITY);
    }

    /** Makes a tree whose nodes have at most this many entries, 4 to {@link OrderLayout#CAPACITY}. */
    OrderTree(ObjectTable<?, ?> table, int capacity) {
        this.table = table;
        mem = table.mem;
        order = KeyOrder.of(table.keyType);
        this.capacity = capacity;
        room = Math.max(2, capacity / 4);
    }

    // --------------------------------------------------------------------------------- the header

    private long header() {
        return table.field(HmapLayout.ORDER);
    }

    private long field(long field) {
        return Mem.getLong(mem, header() + field);
    }

    private void setField(long field, long value) {
        Mem.setLong(mem, header() + field, value);
    }

    private int height() {
        return Mem.getInt(mem, header() + OrderLayout.HEIGHT);
    }

    private void setHeight(int height) {
        Mem.setInt(mem, header() + OrderLayout.HEIGHT, height);
    }

    /** Returns whether the table has an index with all its keys. */
    boolean isReady() {
        long header = header();
        return header != 0 && Mem.getInt(mem, header + OrderLayout.STATE) == OrderLayout.READY;
    }

    /** Returns whether the table has an index, perhaps with some of its keys only. */
    boolean exists() {
        return header() != 0;
    }

    /** Makes an index without keys. Returns false, and makes nothing, if memory ran out. */
    boolean make() {
        long header = table.takeBlock(OrderLayout.HEADER_BYTES, BlockKind.ORDER);
        if (header == 0) {
            return false;
        }
        long root = table.takeBlock(OrderLayout.NODE_BYTES, BlockKind.ORDER);
        if (root == 0) {
            table.giveBack(header, BlockKind.ORDER);
            return false;
        }
        Mem.setLong(mem, header + OrderLayout.ROOT, root);
        Mem.setLong(mem, header + OrderLayout.NODES, 1);
        Mem.setInt(mem, header + OrderLayout.STATE, OrderLayout.BUILDING);
        table.setField(HmapLayout.ORDER, header);
        return true;
    }

    /** States that the index has all keys of the table. */
    void setReady() {
        Mem.setInt(mem, header() + OrderLayout.STATE, OrderLayout.READY);
    }

    /** Removes all keys. The index stays, in the same state. */
    void clear() {
        long root = field(OrderLayout.ROOT);
        releaseBelow(root);
        Mem.setLong(mem, root, 0); // no entry, level 0, no prefix
        setHeight(0);
        setField(OrderLayout.COUNT, 0);
    }

    /** Frees the index. */
    void free() {
        long header = header();
        long root = field(OrderLayout.ROOT);
        releaseBelow(root);
        table.giveBack(root, BlockKind.ORDER);
        table.setField(HmapLayout.ORDER, 0);
        table.giveBack(header, BlockKind.ORDER);
    }

    /**
     * Removes the last keys of an index that does not have all keys of the table: those of this many
     * leaves, or all.
     *
     * @return whether any leaf is left beside the root
     */
    boolean removeLast(int leaves) {
        for (int i = 0; i < leaves && height() > 0; i++) {
            removeLastLeaf();
        }
        return height() > 0;
    }

    private void removeLastLeaf() {
        long node = field(OrderLayout.ROOT);
        int height = height();
        for (int d = 0; d < height; d++) {
            path[d] = node;
            node = reference(node, entries(node) - 1);
        }
        setField(OrderLayout.COUNT, field(OrderLayout.COUNT) - entries(node));
        release(node);
        for (int d = height - 1; ; d--) {
            int entries = entries(path[d]) - 1;
            setEntries(path[d], entries);
            if (entries > 0) {
                break;
            }
            release(path[d]);
        }
        dropRoots();
    }

    private void releaseBelow(long node) {
        for (int i = 0; level(node) > 0 && i < entries(node); i++) {
            releaseBelow(reference(node, i));
            release(reference(node, i));
        }
    }

    private void release(long node) {
        table.giveBack(node, BlockKind.ORDER);
        setField(OrderLayout.NODES, field(OrderLayout.NODES) - 1);
    }

    // ---------------------------------------------------------------------------------- the nodes

    private int entries(long node) {
        int entries = Mem.getShort(mem, node + ENTRIES);
        return entries <= capacity ? entries : torn(node);
    }

    private void setEntries(long node, int entries) {
        Mem.setShort(mem, node + ENTRIES, entries);
    }

    private int level(long node) {
        int level = Mem.getByte(mem, node + LEVEL);
        return level <= MAX_HEIGHT ? level : torn(node);
    }

    private int prefixBytes(long node) {
        int bytes = Mem.getByte(mem, node + PREFIX_BYTES);
        return bytes <= MAX_PREFIX_BYTES ? bytes : torn(node);
    }

    private void setPrefixBytes(long node, int bytes) {
        Mem.setByte(mem, node + PREFIX_BYTES, bytes);
    }

    private static int torn(long node) {
        throw new IllegalStateException("no node of an ordered index is at " + node);
    }

    private long word(long node, int i) {
        return Mem.getLong(mem, node + WORDS + (long) i * Long.BYTES);
    }

    private void setWord(long node, int i, long word) {
        Mem.setLong(mem, node + WORDS + (long) i * Long.BYTES, word);
    }

    private long references(long node) {
        return node + WORDS + (long) capacity * Long.BYTES;
    }

    private long reference(long node, int i) {
        return Mem.getLong(mem, references(node) + (long) i * Long.BYTES);
    }

    private void setReference(long node, int i, long reference) {
        Mem.setLong(mem, references(node) + (long) i * Long.BYTES, reference);
    }

    /** Returns the reference of the first key at or below an entry. */
    private long first(long node, int i) {
        long reference = reference(node, i);
        for (int level = level(node); level > 0; level--) {
            reference = reference(reference, 0);
        }
        return reference;
    }

    /** Copies entries from one node to another, or within one. */
    private void move(long from, int i, long to, int j, int count) {
        long bytes = (long) count * Long.BYTES;
        Mem.move(mem, from + WORDS + (long) i * Long.BYTES, to + WORDS + (long) j * Long.BYTES, bytes);
        Mem.move(mem, references(from) + (long) i * Long.BYTES, references(to) + (long) j * Long.BYTES, bytes);
    }

    // ----------------------------------------------------------------------------------- the keys

    /** Returns the reference of the key in this filled slot. */
    private long referenceOf(long slot) {
        long address = table.keyAddress(slot);
        if (!order.hasRuns) {
            long word = Mem.getWord(mem, address, table.keyBytes);
            return order.number(table.paged ? word ^ table.flip() : word);
        }
        long block = Mem.getLong(mem, address) >>> BLOCK_SHIFT;
        return (block << LENGTH_BITS) | table.keyType.length(mem, address);
    }

    private static long start(long reference) {
        return reference >>> LENGTH_BITS << BLOCK_SHIFT;
    }

    private static int length(long reference) {
        return (int) reference & MAX_KEY_BYTES;
    }

    /** Returns the number of bytes of the key of a leaf's reference. */
    int keyBytes(long reference) {
        return order.hasRuns ? length(reference) : Long.BYTES;
    }

    /** Makes the key of a leaf's reference the content of {@code to}. */
    void load(long reference, EncodedBytes to) {
        load(reference, keyBytes(reference), to);
    }

    private void loadHead(long reference, EncodedBytes to) {
        load(reference, Math.min(HEAD_BYTES, keyBytes(reference)), to);
    }

    /**
     * Loads the first bytes of the keys of some references, so that the cache misses overlap. The
     * loop is short, so that many of its loads wait at the same time.
     */
    void loadKeys(long[] references, int count) {
        long loaded = 0;
        for (int i = 0; order.hasRuns && i < count; i++) {
            loaded += Mem.getByte(mem, start(references[i]));
        }
        Mem.keep(loaded);
    }

    /** Appends the key of a leaf's reference to some keys. The room may be used for this. */
    void append(long reference, EncodedParts keys, EncodedBytes room) {
        if (order.hasRuns) {
            keys.append(mem, start(reference), length(reference));
        } else {
            KeyOrder.setNumber(room, reference);
            keys.append(room);
        }
    }

    private void load(long reference, int bytes, EncodedBytes to) {
        if (order.hasRuns) {
            Mem.copyOut(mem, start(reference), to.own(bytes), bytes);
        } else {
            KeyOrder.setNumber(to, reference);
        }
    }

    /** Compares the key of a leaf's reference with a key. */
    private int compare(long reference, EncodedBytes other) {
        return order.hasRuns
                ? Mem.compareBytes(mem, start(reference), length(reference), other.bytes, other.from, other.length)
                : Long.compare(reference, KeyOrder.number(other));
    }

    /** Returns the first eight bytes of a key as a number whose order is that of the keys. */
    static long head(EncodedBytes key) {
        return wordOf(key, 0);
    }

    /** Returns the word of a key behind a prefix. A key that ends within the word is filled with zeros. */
    private static long wordOf(EncodedBytes key, int prefixBytes) {
        int left = key.length - prefixBytes;
        long word = 0;
        if (left >= Long.BYTES) {
            word = Long.reverseBytes(Mem.getLong(key.bytes, key.from + prefixBytes));
        } else if (left > 0 && key.length >= Long.BYTES) {
            long last = Mem.getLong(key.bytes, key.from + key.length - Long.BYTES);
            word = Long.reverseBytes(last) << (Byte.SIZE * (Long.BYTES - left));
        } else {
            for (int i = 0; i < left; i++) {
                word |= (key.bytes[key.from + prefixBytes + i] & 0xffL) << (Long.SIZE - Byte.SIZE * (i + 1));
            }
        }
        return word ^ Long.MIN_VALUE;
    }

    /** Returns the number of bytes that a key shares with the first {@code most} of a node's prefix. */
    private int shared(long node, EncodedBytes key, int most) {
        int end = Math.min(most, key.length);
        int i = 0;
        for (; i + Long.BYTES <= end; i += Long.BYTES) {
            long difference = Mem.getLong(mem, node + PREFIX + i) ^ Mem.getLong(key.bytes, key.from + i);
            if (difference != 0) {
                return i + (Long.numberOfTrailingZeros(difference) >>> 3);
            }
        }
        while (i < end && Mem.getByte(mem, node + PREFIX + i) == (key.bytes[key.from + i] & 0xff)) {
            i++;
        }
        return i;
    }

    // -------------------------------------------------------------------------------------- search

    /**
     * Searches a node for a key. In an inner node the keys are the first keys of the children, except
     * that the first child counts as less than every key.
     *
     * @return the index of the entry with this key; if there is none, the complement ({@code ~}) of
     *     the number of entries that are less
     */
    private int search(long node, EncodedBytes key) {
        int entries = entries(node);
        if (entries == 0) {
            return ~0;
        }
        int prefix = prefixBytes(node);
        int shared = shared(node, key, prefix);
        if (shared < prefix) {
            boolean less = shared == key.length
                    || (key.bytes[key.from + shared] & 0xff) < Mem.getByte(mem, node + PREFIX + shared);
            return less ? ~0 : ~entries;
        }
        long word = wordOf(key, prefix);
        int low = level(node) > 0 ? 1 : 0;
        for (int left = entries - low; left > 0; ) {
            int half = left >>> 1;
            boolean less = word(node, low + half) < word;
            low = less ? low + half + 1 : low;
            left = less ? left - half - 1 : half;
        }
        return low == entries || word(node, low) != word ? ~low : searchKeys(node, key, word, low, entries);
    }

    /** Searches the entries that have this word, from {@code first} on. */
    private int searchKeys(long node, EncodedBytes key, long word, int first, int entries) {
        int low = first;
        int high = first + 1;
        while (high < entries && word(node, high) == word) {
            high++;
        }
        while (low < high) {
            int middle = (low + high) >>> 1;
            int comparison = compare(first(node, middle), key);
            if (comparison == 0) {
                return middle;
            }
            low = comparison < 0 ? middle + 1 : low;
            high = comparison < 0 ? high : middle;
        }
        return ~low;
    }

    /**
     * Loads every cache line that a search of a node may need, so that the cache misses overlap:
     * otherwise a binary search waits for one line before it knows the next. The nodes of the upper
     * levels are few, and so in the cache. A leaf is loaded with its references, which a read copies
     * and a write moves.
     */
    private void loadNode(long node, int level) {
        if (level <= 1) {
            long end = node + (level == 0 ? OrderLayout.NODE_BYTES : OrderLayout.REFERENCES);
            long loaded = 0;
            for (long line = node; line < end; line += ObjectTable.CACHE_LINE_BYTES) {
                loaded += Mem.getLong(mem, line);
            }
            Mem.keep(loaded);
        }
    }

    /** Returns the number of entries that are less, from the result of a search. */
    private static int less(int found) {
        return found >= 0 ? found : ~found;
    }

    /** Returns the number of entries that are less or equal, from the result of a search. */
    private static int lessOrEqual(int found) {
        return found >= 0 ? found + 1 : ~found;
    }

    private static int child(int found) {
        return Math.max(0, lessOrEqual(found) - 1);
    }

    // --------------------------------------------------------------------------------------- reads

    /** Returns the height, which is in its bounds. */
    private int requireHeight() {
        int height = height();
        return header() != 0 && height >= 0 && height <= MAX_HEIGHT ? height : torn(header());
    }

    /** Loads the leaf from which {@link #take} reads first, and does not wait for it. */
    void loadLeaf(@Nullable EncodedBytes from, boolean ascending) {
        long node = field(OrderLayout.ROOT);
        for (int level = requireHeight(); level > 0; level--) {
            loadNode(node, level);
            node = reference(node, from != null ? child(search(node, from)) : ascending ? 0 : entries(node) - 1);
        }
        loadNode(node, 0);
    }

    /**
     * Reads references of one leaf: from the first key on that is not less than {@code from}, in
     * ascending order; or from the last key on that is not greater, in descending order.
     *
     * @param from the key in its ordered form; null for the first key, or the last one
     * @param inclusive whether {@code from} itself is wanted
     * @param to the array for the references
     * @return the number of references; 0 if there is no such key
     */
    int take(@Nullable EncodedBytes from, boolean inclusive, boolean ascending, long[] to, int most) {
        long node = field(OrderLayout.ROOT);
        int height = requireHeight();
        // The deepest node that has another child beside the path, on the side of the greater keys
        // or, if the keys descend, on that of the smaller ones.
        long beside = 0;
        int childBeside = 0;
        for (int level = height; level > 0; level--) {
            loadNode(node, level);
            int last = entries(node) - 1;
            int child = from != null ? child(search(node, from)) : ascending ? 0 : last;
            if (ascending ? child < last : child > 0) {
                beside = node;
                childBeside = ascending ? child + 1 : child - 1;
            }
            node = reference(node, child);
        }
        loadNode(node, 0);
        int entries = entries(node);
        int next; // the number of entries before the first key if they ascend, else up to it
        if (from == null) {
            next = ascending ? 0 : entries;
        } else {
            int found = search(node, from);
            next = ascending == inclusive ? less(found) : lessOrEqual(found);
        }
        if (beside != 0 && next == (ascending ? entries : 0)) {
            int level = level(beside);
            node = reference(beside, childBeside);
            for (level--; level > 0; level--) {
                node = reference(node, ascending ? 0 : entries(node) - 1);
            }
            entries = entries(node);
            next = ascending ? 0 : entries;
        }
        int count = Math.min(most, ascending ? entries - next : next);
        for (int i = 0; i < count; i++) {
            to[i] = reference(node, ascending ? next + i : next - 1 - i);
        }
        return count;
    }

    // -------------------------------------------------------------------------------------- writes

    /** Finds the key and keeps the way to it. */
    private void descend(EncodedBytes ordered) {
        key = ordered;
        depth = height();
        long node = field(OrderLayout.ROOT);
        for (int i = 0; i < depth; i++) {
            loadNode(node, depth - i);
            path[i] = node;
            indices[i] = child(search(node, ordered));
            node = reference(node, indices[i]);
        }
        loadNode(node, 0);
        path[depth] = node;
        int found = search(node, ordered);
        isPresent = found >= 0;
        indices[depth] = less(found);
    }

    /**
     * Prepares to insert a key that is not in the table: takes the memory that this needs. While the
     * index is being built, the key of a slot may be prepared that is in the index already; then the
     * insertion does nothing.
     *
     * @param encoded the encoded key, which must stay the same until {@link #insert}
     * @return false if memory ran out; nothing was taken
     * @throws IllegalArgumentException if the key is too long
     */
    boolean prepare(EncodedBytes encoded) {
        if (encoded.length > MAX_KEY_BYTES) {
            throw new IllegalArgumentException("a key of an ordered map must have at most " + MAX_KEY_BYTES
                    + " bytes, and this one has " + encoded.length + ": shorten the key, or do not call ordered()");
        }
        descend(order.toOrdered(encoded, orderedKey));
        if (isPresent) {
            return true;
        }
        int needed = 0;
        if (entries(path[depth]) == capacity && neighbourWithRoom() == 0) {
            int full = depth;
            while (full >= 0 && entries(path[full]) == capacity) {
                full--;
                needed++;
            }
            needed += full < 0 ? 1 : 0; // a new root
        }
        while (takenCount < needed) {
            long node = table.takeBlock(OrderLayout.NODE_BYTES, BlockKind.ORDER);
            if (node == 0) {
                cancel();
                return false;
            }
            taken[takenCount++] = node;
        }
        return true;
    }

    /** Gives back the memory that {@link #prepare} has taken, as there will be no insertion. */
    void cancel() {
        while (takenCount > 0) {
            table.giveBack(taken[--takenCount], BlockKind.ORDER);
        }
    }

    private long newNode(int level) {
        long node = taken[--takenCount];
        Mem.setByte(mem, node + LEVEL, level);
        setField(OrderLayout.NODES, field(OrderLayout.NODES) + 1);
        return node;
    }

    /** Inserts the key that has been prepared, which is now in this slot. */
    void insert(long slot) {
        if (isPresent) {
            return;
        }
        setField(OrderLayout.COUNT, field(OrderLayout.COUNT) + 1);
        long reference = referenceOf(slot);
        int i = indices[depth];
        if (entries(path[depth]) == capacity && spill(i, reference)) {
            return;
        }
        EncodedBytes first = key; // the first key of what is inserted
        for (int d = depth; ; d--) {
            long node = path[d];
            if (entries(node) < capacity) {
                put(node, i, first, reference);
                return;
            }
            long right = split(node, i, first, reference);
            loadHead(first(right, 0), lastHead);
            first = lastHead;
            if (d == 0) {
                addRoot(node, right);
                return;
            }
            i = indices[d - 1] + 1;
            reference = right;
        }
    }

    private void addRoot(long left, long right) {
        int height = height() + 1;
        long root = newNode(height);
        loadHead(first(left, 0), firstHead);
        put(root, 0, firstHead, left);
        put(root, 1, lastHead, right);
        setField(OrderLayout.ROOT, root);
        setHeight(height);
    }

    /** Puts an entry into a node that is not full. {@code first} is its key, or the head of its first key. */
    private void put(long node, int i, EncodedBytes first, long reference) {
        int entries = entries(node);
        if (entries == 0) {
            setPrefix(node, first, Math.min(MAX_PREFIX_BYTES, first.length));
        }
        int prefix = shared(node, first, prefixBytes(node));
        shorten(node, prefix);
        move(node, i, node, i + 1, entries - i);
        setWord(node, i, wordOf(first, prefix));
        setReference(node, i, reference);
        setEntries(node, entries + 1);
    }

    /** Splits a full node and puts an entry into one of the halves. Returns the right half. */
    private long split(long node, int i, EncodedBytes first, long reference) {
        long right = newNode(level(node));
        // Keys that come in order leave full nodes behind.
        int kept = i == capacity ? capacity : i == 0 && level(node) == 0 ? 1 : (capacity + 1) / 2;
        if (kept == capacity) {
            put(right, 0, first, reference);
            return right;
        }
        Mem.move(mem, node + PREFIX, right + PREFIX, MAX_PREFIX_BYTES);
        setPrefixBytes(right, prefixBytes(node));
        move(node, kept, right, 0, capacity - kept);
        setEntries(right, capacity - kept);
        setEntries(node, kept);
        put(i > kept ? right : node, i > kept ? i - kept : i, first, reference);
        lengthen(node);
        lengthen(right);
        return right;
    }

    /**
     * Returns which neighbour of the full leaf, under the same parent, has room for some of its
     * entries: 1 for the right one, -1 for the left one, 0 for none.
     */
    private int neighbourWithRoom() {
        if (depth == 0) {
            return 0;
        }
        long parent = path[depth - 1];
        int child = indices[depth - 1];
        if (child + 1 < entries(parent) && entries(reference(parent, child + 1)) <= capacity - room) {
            return 1;
        }
        return child > 0 && entries(reference(parent, child - 1)) <= capacity - room ? -1 : 0;
    }

    /** Puts an entry into the full leaf after moving entries to a neighbour. Returns false if it cannot. */
    private boolean spill(int i, long reference) {
        int side = neighbourWithRoom();
        if (side == 0) {
            return false;
        }
        long leaf = path[depth];
        long parent = path[depth - 1];
        int right = Math.max(indices[depth - 1], indices[depth - 1] + side); // the index of the right one of both
        long neighbour = reference(parent, indices[depth - 1] + side);
        int there = entries(neighbour);
        int moved = (capacity - there) / 2;
        int kept = capacity - moved;
        level(leaf, neighbour);
        if (side > 0) {
            move(neighbour, 0, neighbour, moved, there);
            move(leaf, kept, neighbour, 0, moved);
        } else {
            move(leaf, 0, neighbour, there, moved);
            move(leaf, moved, leaf, 0, kept);
        }
        setEntries(leaf, kept);
        setEntries(neighbour, there + moved);
        lengthen(leaf);
        lengthen(neighbour);
        if (side > 0) {
            put(i > kept ? neighbour : leaf, i > kept ? i - kept : i, key, reference);
        } else {
            put(i < moved ? neighbour : leaf, i < moved ? there + i : i - moved, key, reference);
        }
        separate(parent, right);
        return true;
    }

    /** Writes the word of a child, but not the first, from its first key. */
    private void separate(long parent, int child) {
        loadHead(first(parent, child), firstHead);
        int prefix = shared(parent, firstHead, prefixBytes(parent));
        shorten(parent, prefix);
        setWord(parent, child, wordOf(firstHead, prefix));
    }

    private void setPrefix(long node, EncodedBytes key, int bytes) {
        Mem.copyIn(key.bytes, key.from, mem, node + PREFIX, bytes);
        setPrefixBytes(node, bytes);
    }

    /** Shortens a node's prefix to this many bytes. The words get the bytes that go. */
    private void shorten(long node, int bytes) {
        int by = prefixBytes(node) - bytes;
        if (by == 0) {
            return;
        }
        long gone = 0;
        for (int i = 0; i < Math.min(Long.BYTES, by); i++) {
            gone |= (long) Mem.getByte(mem, node + PREFIX + bytes + i) << (Long.SIZE - Byte.SIZE * (i + 1));
        }
        for (int i = 0; i < entries(node); i++) {
            long rest = by >= Long.BYTES ? 0 : (word(node, i) ^ Long.MIN_VALUE) >>> (Byte.SIZE * by);
            setWord(node, i, (gone | rest) ^ Long.MIN_VALUE);
        }
        setPrefixBytes(node, bytes);
    }

    /** Gives two nodes the same prefix. */
    private void level(long a, long b) {
        int most = Math.min(prefixBytes(a), prefixBytes(b));
        int same = 0;
        while (same < most && Mem.getByte(mem, a + PREFIX + same) == Mem.getByte(mem, b + PREFIX + same)) {
            same++;
        }
        shorten(a, same);
        shorten(b, same);
    }

    /** Makes a node's prefix as long as it can be, if the words share many bytes. */
    private void lengthen(long node) {
        int entries = entries(node);
        int from = level(node) > 0 ? 1 : 0;
        if (entries <= from || (word(node, from) ^ word(node, entries - 1)) >>> Integer.SIZE != 0) {
            return;
        }
        loadHead(first(node, from), firstHead);
        loadHead(first(node, entries - 1), lastHead);
        int most = Math.min(MAX_PREFIX_BYTES, Math.min(firstHead.length, lastHead.length));
        int same = Arrays.mismatch(firstHead.bytes, 0, most, lastHead.bytes, 0, most);
        int prefix = same < 0 ? most : same;
        if (prefix <= prefixBytes(node)) {
            return;
        }
        setPrefix(node, firstHead, prefix);
        for (int i = from; i < entries; i++) {
            loadHead(first(node, i), firstHead);
            setWord(node, i, wordOf(firstHead, prefix));
        }
    }

    /**
     * Finds the key of a filled slot, which is about to be removed or to move. May allocate on the
     * Java heap.
     */
    void locate(long slot) {
        encodedKey.reset();
        table.loadKey(slot, encodedKey);
        descend(order.toOrdered(encodedKey, orderedKey));
    }

    /** Prepares to insert the key of a filled slot. Returns the same as the other method of this name. */
    boolean prepare(long slot) {
        encodedKey.reset();
        table.loadKey(slot, encodedKey);
        return prepare(encodedKey);
    }

    /** The key that was located has moved, and its slot says where it is now. */
    void replace(long slot) {
        if (isPresent) {
            setReference(path[depth], indices[depth], referenceOf(slot));
        }
    }

    /** Removes the key that was located. */
    void remove() {
        if (!isPresent) {
            return; // the index is being built, and does not have the key yet
        }
        setField(OrderLayout.COUNT, field(OrderLayout.COUNT) - 1);
        int i = indices[depth];
        for (int d = depth; ; d--) {
            long node = path[d];
            int entries = entries(node) - 1;
            move(node, i + 1, node, i, entries - i);
            setEntries(node, entries);
            if (d == 0) {
                dropRoots();
                return;
            }
            i = indices[d - 1];
            if (entries == 0) {
                release(node);
            } else if (entries < capacity / 2) {
                long parent = path[d - 1];
                int left = i + 1 < entries(parent) && fit(parent, i) ? i : i > 0 && fit(parent, i - 1) ? i - 1 : -1;
                if (left < 0) {
                    return;
                }
                merge(parent, left);
                i = left + 1;
            } else {
                return;
            }
        }
    }

    /** Gives up roots with one child. */
    private void dropRoots() {
        long root = field(OrderLayout.ROOT);
        int height = height();
        for (; height > 0 && entries(root) == 1; height--) {
            long child = reference(root, 0);
            release(root);
            root = child;
        }
        setField(OrderLayout.ROOT, root);
        setHeight(height);
    }

    /** Returns whether a child and the next one fit into one node that is not quite full. */
    private boolean fit(long parent, int child) {
        return entries(reference(parent, child)) + entries(reference(parent, child + 1)) <= capacity * 7 / 8;
    }

    /** Moves the entries of the child behind this one into it, and frees the empty one. */
    private void merge(long parent, int child) {
        long left = reference(parent, child);
        long right = reference(parent, child + 1);
        int entries = entries(left);
        level(left, right);
        // The first child of an inner node has no word of its own, so it gets one.
        loadHead(first(right, 0), firstHead);
        int prefix = level(left) > 0 ? shared(left, firstHead, prefixBytes(left)) : prefixBytes(left);
        shorten(left, prefix);
        shorten(right, prefix);
        move(right, 0, left, entries, entries(right));
        setWord(left, entries, wordOf(firstHead, prefix));
        setEntries(left, entries + entries(right));
        release(right);
    }

    // --------------------------------------------------------------------------------------- check

    /** Passes the parts of the tree to a check, which recomputes the invariants. */
    void check(OrderCheck check) {
        long root = field(OrderLayout.ROOT);
        check.begin(height(), field(OrderLayout.COUNT), field(OrderLayout.NODES));
        checkBelow(check, root, height());
    }

    private void checkBelow(OrderCheck check, long node, int level) {
        check.node(node, level(node) == level, entries(node), level, capacity);
        EncodedBytes first = new EncodedBytes();
        int prefix = prefixBytes(node);
        for (int i = 0; i < entries(node); i++) {
            load(first(node, i), first);
            boolean begins = shared(node, first, prefix) == prefix;
            if (level == 0) {
                check.key(node, i, begins && word(node, i) == wordOf(first, prefix), first);
                continue;
            }
            if (i > 0) {
                EncodedBytes last = check.lastKey();
                boolean lastBegins = shared(node, last, prefix) == prefix;
                check.child(
                        node,
                        i,
                        (!begins || word(node, i) <= wordOf(first, prefix))
                                && (!lastBegins || wordOf(last, prefix) <= word(node, i))
                                && (i == 1 || word(node, i - 1) <= word(node, i)));
            }
            checkBelow(check, reference(node, i), level - 1);
        }
    }

    /** Returns whether a search finds the key of this slot with the reference that the slot has. */
    boolean holds(long slot) {
        locate(slot);
        return isPresent && reference(path[depth], indices[depth]) == referenceOf(slot);
    }
}
