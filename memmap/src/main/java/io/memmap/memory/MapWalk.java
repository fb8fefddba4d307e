package io.memmap.memory;

import static io.memmap.format.HeapLayout.ENTRY_SHIFT;
import static io.memmap.format.Mem.getInt;
import static io.memmap.format.Mem.getLong;
import static io.memmap.memory.PageTable.FREE;
import static io.memmap.memory.PageTable.LARGE;
import static io.memmap.memory.PageTable.SLAB;
import static io.memmap.memory.PageTable.classOf;
import static io.memmap.memory.PageTable.kindOf;
import static io.memmap.memory.PageTable.offsetOf;
import static io.memmap.memory.PageTable.pageOfSlab;
import static io.memmap.memory.PageTable.pagesOf;
import static io.memmap.memory.PageTable.stateOf;

import io.memmap.format.BlockKind;
import io.memmap.format.HeapLayout;
import io.memmap.format.SizeClasses;
import io.memmap.telemetry.MapFigures;
import io.memmap.telemetry.MapReader;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A walk over the runs of a heap, from the first page to the last, that finds the maps. The header
 * of each map is a live block in a slab of the kind {@code HEADER}. The heap's owner may change the
 * page table meanwhile. Then the page after a run may no longer be the start of a run, because it
 * was merged with an earlier run. In that case the walk goes back to the run before, which may have
 * been merged too, and so on.
 */
final class MapWalk {
    /** The number of runs in one step. A step holds the heap's lock for some microseconds. */
    private static final int RUNS_A_STEP = 256;
    /**
     * How often a walk goes back before it gives up, because the owner changes runs faster than the
     * walk reads them.
     */
    private static final int MOST_RETURNS = 10_000;

    private final MapReader reader;
    private final SortedMap<Long, MapFigures> maps = new TreeMap<>();
    /** The first pages of the runs passed. */
    private int[] passed = new int[RUNS_A_STEP];

    private int runs;
    private int page;
    private int returns;
    private boolean lost;

    MapWalk(MapReader reader) {
        this.reader = reader;
    }

    /** Reads some more runs. Returns whether there are any left. */
    boolean step(MemorySegment memory) {
        int firstPage = getInt(memory, HeapLayout.FIRST_PAGE_OFFSET);
        int endPage = getInt(memory, HeapLayout.END_PAGE_OFFSET);
        long table = getLong(memory, HeapLayout.TABLE_OFFSET_OFFSET);
        page = Math.max(page, firstPage);
        for (int i = 0; i < RUNS_A_STEP && page < endPage; i++) {
            long entry = table + ((long) (page - firstPage) << ENTRY_SHIFT);
            long run = getLong(memory, entry + HeapLayout.RUN);
            if (isRun(run, endPage - page)) {
                if (runs == passed.length) {
                    passed = Arrays.copyOf(passed, 2 * runs);
                }
                passed[runs++] = page;
                if (stateOf(run) == SLAB && kindOf(run) == BlockKind.HEADER.code) {
                    readSlab(memory, entry, offsetOf(page), classOf(run));
                }
                page += pagesOf(run);
            } else if (runs == 0 || ++returns > MOST_RETURNS) {
                lost = true;
                return false;
            } else {
                page = passed[--runs];
            }
        }
        return page < endPage;
    }

    private static boolean isRun(long run, int pagesLeft) {
        boolean begins = switch (stateOf(run)) {
            case FREE, LARGE -> true;
            case SLAB -> pageOfSlab(run) == 0 && SizeClasses.exists(classOf(run), kindOf(run));
            default -> false;
        };
        return begins && pagesOf(run) > 0 && pagesOf(run) <= pagesLeft;
    }

    private void readSlab(MemorySegment memory, long entry, long slab, int sizeClass) {
        for (int block = 0; block < SizeClasses.blocks(sizeClass); block++) {
            long free = getLong(memory, Slabs.freeWord(entry, block >>> 6));
            if ((free & 1L << block) == 0) {
                long header = slab + (long) block * SizeClasses.blockBytes(sizeClass);
                MapFigures map = reader.read(memory, header);
                if (map != null) {
                    maps.put(header, map);
                }
            }
        }
    }

    /** Returns the maps found so far, ordered by pointer. */
    List<MapFigures> maps() {
        return new ArrayList<>(maps.values());
    }

    /** Returns whether the walk gave up, so that maps may be missing. */
    boolean isLost() {
        return lost;
    }
}
