package io.memmap;

import io.memmap.cache.CacheMemory;
import io.memmap.format.BlockKind;
import java.lang.foreign.MemorySegment;

/**
 * Provides memory to the parts of a cache policy. The memory is charged to the account of the table
 * that the policy bounds.
 */
final class TableMemory implements CacheMemory {
    private final TableArrays table;

    TableMemory(TableArrays table) {
        this.table = table;
    }

    @Override
    public MemorySegment memory() {
        return table.mem;
    }

    @Override
    public long take(long bytes) {
        return table.takeBlock(bytes, BlockKind.ENTRY);
    }

    @Override
    public long reserve(long bytes) {
        return table.reserveBlock(bytes, BlockKind.ENTRY);
    }

    @Override
    public void giveBack(long block) {
        table.giveBack(block, BlockKind.ENTRY);
    }

    @Override
    public void commit(long offset, long bytes) {
        table.heap().commit(offset, bytes);
    }

    @Override
    public void release(long from, long to) {
        table.heap().release(from, to);
    }

    @Override
    public long usableSize(long bytes) {
        return table.heap().usableSize(bytes, BlockKind.ENTRY);
    }

    @Override
    public RuntimeException exhausted(long bytes) {
        return table.exhausted(bytes);
    }
}
