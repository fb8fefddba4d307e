package io.memmap.cache;

import io.memmap.format.BoundsLayout;
import io.memmap.format.Mem;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * Estimates how often each key has been used lately, in a few bits for each key. It is a count-min
 * sketch: an array of four-bit counters in the heap, which keys share.
 *
 * <p>A key has four counters, and its estimate is the least of them. Each use raises all four. They
 * are in one <em>block</em>, which is a cache line. After a period of uses all counters are halved,
 * so that old uses lose their weight. No single use halves all counters: each block records the
 * <em>epoch</em> in which it was last halved. A block is brought up to date when it is used next,
 * or when the <em>hand</em> comes to it. The hand is a pointer that visits every block once in a
 * period.
 *
 * <pre>
 * block   | epoch, 15 counters | 16 counters | ... | 16 counters | 8 words; row i: words 2i, 2i + 1
 * </pre>
 *
 * <p><b>Size.</b> The sketch has {@value #WORDS_AN_ENTRY} words of counters for each entry of the
 * table. It has at least a few blocks, and has an upper bound. It grows and shrinks a block at a
 * time, like a linear hash table. With 2^n blocks or more, but fewer than 2^(n+1), the number of a
 * key's block is the low n + 1 bits of the key's hash. If there is no such block, the highest of
 * these bits is cleared. A new block begins as a copy of the block that had its keys before, so no
 * key's estimate changes. When a block is removed, its counters are merged into that other block.
 * Blocks lie in <em>pieces</em>, which are allocated separately. Each piece but the first is as
 * large as all pieces before it, so no block ever moves.
 *
 * <p>All state is in the heap, in the pieces and in the bounds of the shard ({@link BoundsLayout}).
 * This object knows the sizes only. The number of blocks in the bounds counts a block only while the
 * bounds have its piece.
 *
 * <p>The sketch is not safe for several threads at once: the shard's lock guards it. All operations
 * take constant time.
 *
 * <p>Sources: Litwin, Linear Hashing (1980); Cormode and Muthukrishnan, An Improved Data Stream
 * Summary (2005); Einziger, Friedman and Manes, TinyLFU (2017).
 */
public final class FrequencySketch {
    public static final int BLOCK_BYTES = BoundsLayout.BLOCK_BYTES;
    /** Words of counters for each entry, as long as the bound allows. */
    private static final int WORDS_AN_ENTRY = 4;
    /** The sketch shrinks only when it is this many times larger than its entries need. */
    private static final int SHRINK_FACTOR = 2;

    /**
     * The blocks of the first piece, if the bound allows. The first piece is not smaller, as each
     * copy of a block makes the estimates of later keys worse.
     */
    private static final int FIRST_BLOCKS = 8;

    private static final int BLOCK_WORDS = BLOCK_BYTES / Long.BYTES;
    private static final int USES_A_PERIOD = 10;
    /**
     * The bytes of a piece that are given back at a time. Each time interrupts all threads of the
     * process.
     */
    private static final long RELEASE_BYTES = 256 << 10;
    /** The highest estimate. */
    public static final int MAX_FREQUENCY = 15;

    private static final int ROWS = 4;
    private static final int INDEX_BITS = 5;
    private static final int INDEX_SHIFT = Long.SIZE - ROWS * INDEX_BITS;
    private static final long HALVED = 0x7777_7777_7777_7777L;
    private static final int EPOCHS = 16;
    /**
     * The hand visits a block after this many uses, so that it has visited all blocks within half a
     * period.
     */
    private static final int USES_A_VISIT = 16;

    private final CacheMemory memory;
    private final MemorySegment mem;
    private final long bounds;
    private final long mostBlocks;
    private final long firstBlocks;
    private final int firstShift;
    private final long mostEntries;
    /**
     * The origin of each piece: the offset that block 0 would have if the piece reached down to
     * block 0.
     */
    private final long[] origins;

    private int pieces;
    private long blocks;
    private long bytes;
    /**
     * The number of uses after which the counters are halved the first time. A halving also halves
     * the count of uses, so later halvings follow after half that number.
     */
    private long period;

    /**
     * Makes the sketch that these bounds have. If they have no sketch, makes one with one piece.
     *
     * @param memory the memory for the blocks of the sketch
     * @param bounds the offset of the shard's bounds
     * @param mostBytes the largest size in bytes, a power of two, at least {@link #BLOCK_BYTES}
     * @param mostEntries the most entries that the table may have
     * @throws RuntimeException {@link CacheMemory#exhausted} if there is no room for the piece
     */
    public FrequencySketch(CacheMemory memory, long bounds, long mostBytes, long mostEntries) {
        this.memory = memory;
        this.bounds = bounds;
        this.mostEntries = mostEntries;
        mem = memory.memory();
        boolean isNew = piece(0) == 0;
        firstBlocks = isNew ? firstBytes(mostBytes) / BLOCK_BYTES : Mem.getInt(mem, bounds + BoundsLayout.FIRST_BLOCKS);
        firstShift = Long.numberOfTrailingZeros(firstBlocks);
        mostBlocks = Math.clamp(mostBytes / BLOCK_BYTES, firstBlocks, firstBlocks << (BoundsLayout.MAX_PIECES - 1));
        origins = new long[BoundsLayout.MAX_PIECES];
        if (isNew) {
            Mem.setInt(mem, bounds + BoundsLayout.FIRST_BLOCKS, (int) firstBlocks);
            if (!takePiece()) {
                throw memory.exhausted(bytesOf(0));
            }
            setBlocks(firstBlocks);
            return;
        }
        while (pieces < BoundsLayout.MAX_PIECES && piece(pieces) != 0) {
            addPiece(piece(pieces));
        }
        setBlocks(Mem.getLong(mem, bounds + BoundsLayout.BLOCKS));
    }

    /** Returns whether these bounds have a sketch. */
    public static boolean isIn(MemorySegment memory, long bounds) {
        return Mem.getLong(memory, bounds + BoundsLayout.PIECES) != 0;
    }

    /** Shrinks the sketch until it is not larger than its bound. */
    public void shrinkToBound() {
        while (blocks > mostBlocks) {
            shrink();
        }
    }

    /** Returns the pointer of a piece; 0 if the sketch does not have it. */
    private long piece(int number) {
        return Mem.getLong(mem, bounds + BoundsLayout.PIECES + (long) number * Long.BYTES);
    }

    /** Stores the pointer of a piece after all stores before it, and before all stores after it. */
    private void setPiece(int number, long pointer) {
        VarHandle.storeStoreFence();
        Mem.setLong(mem, bounds + BoundsLayout.PIECES + (long) number * Long.BYTES, pointer);
        VarHandle.storeStoreFence();
    }

    private long uses() {
        return Mem.getLong(mem, bounds + BoundsLayout.USES);
    }

    private void setUses(long uses) {
        Mem.setLong(mem, bounds + BoundsLayout.USES, uses);
    }

    private long hand() {
        return Mem.getLong(mem, bounds + BoundsLayout.HAND);
    }

    private void setHand(long hand) {
        Mem.setLong(mem, bounds + BoundsLayout.HAND, hand);
    }

    private int epoch() {
        return Mem.getInt(mem, bounds + BoundsLayout.EPOCH);
    }

    private void setEpoch(int epoch) {
        Mem.setInt(mem, bounds + BoundsLayout.EPOCH, epoch);
    }

    /** Returns the bytes of the first piece of the sketch that these bounds have. */
    public static long firstBytes(MemorySegment memory, long bounds) {
        return (long) Mem.getInt(memory, bounds + BoundsLayout.FIRST_BLOCKS) * BLOCK_BYTES;
    }

    /** Returns the bytes of the first piece of a sketch that may grow to this many bytes. */
    public static long firstBytes(long mostBytes) {
        return Math.min(mostBytes, FIRST_BLOCKS * BLOCK_BYTES);
    }

    /** Returns the bytes that the sketch has in use. */
    public long bytes() {
        return bytes;
    }

    // ---------------------------------------------------------------------------------------- size

    /**
     * Grows or shrinks the sketch by at most {@code steps} blocks, towards the size that this many
     * entries need. A sketch that gets no memory stays as it is.
     */
    public void fit(long entries, long steps) {
        long wanted = Math.clamp(entries / BLOCK_WORDS * WORDS_AN_ENTRY, firstBlocks, mostBlocks);
        for (long i = 0; i < steps; i++) {
            if (blocks > SHRINK_FACTOR * wanted) {
                shrink();
            } else if (blocks >= wanted || !grow()) {
                return;
            }
        }
    }

    private boolean grow() {
        if (pieceOf(blocks) == pieces && !takePiece()) {
            return false;
        }
        long to = address(blocks);
        memory.commit(to, BLOCK_BYTES);
        Mem.copySmall(mem, address(withoutHighestBit(blocks)), to, BLOCK_BYTES);
        setBlocks(blocks + 1);
        return true;
    }

    private void shrink() {
        long last = blocks - 1;
        long from = address(last);
        long to = address(withoutHighestBit(last));
        catchUp(from);
        catchUp(to);
        // For two counters, a | b is at least the greater one and at most their sum.
        for (int word = 0; word < BLOCK_BYTES; word += Long.BYTES) {
            Mem.setLong(mem, to + word, Mem.getLong(mem, to + word) | Mem.getLong(mem, from + word));
        }
        setBlocks(last);
        if (Long.bitCount(last) == 1) { // it was the first of its piece
            givePieceBack();
        } else if (last * BLOCK_BYTES % RELEASE_BYTES == 0) {
            memory.release(from, from + RELEASE_BYTES);
        }
    }

    /** Clears all counters and frees all pieces but the first. */
    public void clear() {
        setBlocks(firstBlocks);
        while (pieces > 1) {
            givePieceBack();
        }
        Mem.zero(mem, origins[0], bytesOf(0));
        setUses(0);
        setEpoch(0);
    }

    /** Frees all pieces. */
    public void free() {
        Mem.setLong(mem, bounds + BoundsLayout.BLOCKS, 0);
        while (pieces > 0) {
            givePieceBack();
        }
    }

    private void setBlocks(long number) {
        blocks = number;
        Mem.setLong(mem, bounds + BoundsLayout.BLOCKS, number);
        period = USES_A_PERIOD * Math.min(mostEntries, number * BLOCK_WORDS);
        setUses(Math.min(uses(), period - 1));
        setHand(Math.min(hand(), number - 1));
    }

    private boolean takePiece() {
        long piece = memory.reserve(bytesOf(pieces));
        if (piece == 0) {
            return false;
        }
        setPiece(pieces, piece);
        addPiece(piece);
        return true;
    }

    private void addPiece(long piece) {
        bytes += memory.usableSize(bytesOf(pieces));
        origins[pieces] = piece - (pieces == 0 ? 0 : bytesOf(pieces));
        pieces++;
    }

    private void givePieceBack() {
        pieces--;
        bytes -= memory.usableSize(bytesOf(pieces));
        long piece = piece(pieces);
        setPiece(pieces, 0);
        memory.giveBack(piece);
    }

    /**
     * Returns the bytes of a piece. For all but the first, that is also the bytes of all blocks
     * before it.
     */
    private long bytesOf(int piece) {
        return (firstBlocks * BLOCK_BYTES) << Math.max(0, piece - 1);
    }

    private int pieceOf(long block) {
        return Long.SIZE - Long.numberOfLeadingZeros(block >>> firstShift);
    }

    private long address(long block) {
        return origins[pieceOf(block)] + block * BLOCK_BYTES;
    }

    private static long withoutHighestBit(long block) {
        return block & ~Long.highestOneBit(block);
    }

    // ---------------------------------------------------------------------------------------- uses

    /** Returns the estimated frequency of a key, from 0 to {@link #MAX_FREQUENCY}. */
    public int frequency(long hash) {
        long mixed = mix(hash);
        long block = block(mixed);
        int least = MAX_FREQUENCY;
        for (int row = 0; row < ROWS; row++) {
            int counter = counter(mixed, row);
            least = Math.min(least, (int) (Mem.getLong(mem, word(block, row, counter)) >>> shift(counter)) & 0xF);
        }
        return least;
    }

    /** Counts a use of a key. */
    public void use(long hash) {
        long mixed = mix(hash);
        long block = block(mixed);
        boolean raised = false;
        for (int row = 0; row < ROWS; row++) {
            int counter = counter(mixed, row);
            long address = word(block, row, counter);
            long word = Mem.getLong(mem, address);
            if ((word >>> shift(counter) & 0xF) != MAX_FREQUENCY) {
                Mem.setLong(mem, address, word + (1L << shift(counter)));
                raised = true;
            }
        }
        if (raised) {
            long uses = uses() + 1;
            if (uses % USES_A_VISIT == 0) {
                long hand = hand() + 1;
                hand = hand < blocks ? hand : 0;
                setHand(hand);
                catchUp(address(hand));
            }
            if (uses >= period) {
                uses >>>= 1;
                setEpoch((epoch() + 1) % EPOCHS);
            }
            setUses(uses);
        }
    }

    private static long mix(long hash) {
        long product = (hash ^ hash >>> 32) * 0x9E37_79B9_7F4A_7C15L;
        return (product ^ product >>> 29) * 0xBF58_476D_1CE4_E5B9L;
    }

    /** Returns the address of a key's block, after bringing the block up to date. */
    private long block(long mixed) {
        long number = (mixed ^ mixed >>> 32) & ((Long.highestOneBit(blocks) << 1) - 1);
        long block = address(number < blocks ? number : withoutHighestBit(number));
        catchUp(block);
        return block;
    }

    private void catchUp(long block) {
        int epoch = epoch();
        int behind = epoch - (int) (Mem.getLong(mem, block) & 0xF) & (EPOCHS - 1);
        for (; behind > 0; behind--) {
            for (int word = 0; word < BLOCK_BYTES; word += Long.BYTES) {
                Mem.setLong(mem, block + word, Mem.getLong(mem, block + word) >>> 1 & HALVED);
            }
            if (behind == 1) {
                Mem.setLong(mem, block, (Mem.getLong(mem, block) & ~0xFL) | epoch);
            }
        }
    }

    /**
     * Returns the number of a key's counter in a row of 32. Counter 0 of row 0 holds the epoch, so
     * it is never returned.
     */
    private static int counter(long mixed, int row) {
        int counter = (int) (mixed >>> (INDEX_SHIFT + INDEX_BITS * row)) & ((1 << INDEX_BITS) - 1);
        return row == 0 && counter == 0 ? 1 : counter;
    }

    private static long word(long block, int row, int counter) {
        return block + (2L * row + (counter >>> 4)) * Long.BYTES;
    }

    private static int shift(int counter) {
        return (counter & 0xF) << 2;
    }

    // --------------------------------------------------------------------------------------- check

    /** Returns a description of what is wrong with the size of the sketch, or null. */
    @Nullable
    public String fault() {
        if (blocks < firstBlocks || blocks > mostBlocks) {
            return "the blocks must be " + firstBlocks + ".." + mostBlocks + ": " + blocks;
        }
        int needed = pieceOf(blocks - 1) + 1;
        if (pieces != needed) {
            return blocks + " blocks need " + needed + " pieces: " + pieces;
        }
        return uses() < period && hand() < blocks
                ? null
                : "the uses must be below " + period + ": " + uses() + ", and the hand below " + blocks + ": " + hand();
    }
}
