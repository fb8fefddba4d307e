package io.memmap;

import io.memmap.codec.OperationBuffers;
import io.memmap.format.Mem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A copy of some fields of a struct of a {@link SyncLongStructMap}, and the way to change structs.
 * It is made once for each thread, and allocates nothing afterwards.
 *
 * <p>{@link #read} copies the fields of one key. All of them are of one moment. Until the next read
 * or update the reference returns these values, whatever happens to the map.
 *
 * <p>A reference is for use by one thread at a time.
 */
public final class SyncLongStructRef extends StructView {
    /** Structs up to this size are copied by a loop, which is faster than a call. */
    private static final int LOOP_BYTES = 128;

    private final SyncLongStructMap map;
    private final Shards<LongStructMap> shards;
    /** The fields that a read copies; none if it copies the whole struct. */
    private final Place[] fields;
    /** The size of the field at each offset that a read copies, or 0. */
    private final byte[] readable;
    /** The struct that {@link #update} changes, which is the copy. */
    private final Edit edit;

    private long key;
    private boolean isPresent;
    /** Whether a caller's function is changing the copy. */
    private boolean isEditing;

    SyncLongStructRef(SyncLongStructMap map, Place... fields) {
        super(Arena.ofAuto().allocate(Math.max(1, map.struct.bytes()), Long.BYTES), false, map.struct);
        this.map = map;
        this.fields = fields;
        shards = map.shards;
        readable = new byte[type.bytes()];
        for (Place field : fields) {
            type.requireOwn(field);
            readable[field.offset()] = (byte) field.bytes();
        }
        edit = new Edit(this);
    }

    // ---------------------------------------------------------------------------------------- read

    /**
     * Copies the fields of a key's struct. Takes no lock.
     *
     * @param newKey the key
     * @return whether the key is present. If it is absent, this reference has no values
     * @throws IllegalStateException if the map is closed, or if {@link #update} of this reference
     *     runs
     */
    public boolean read(long newKey) {
        requireIdle();
        isPresent = false;
        key = newKey;
        long hash = map.hash(newKey);
        Shard<LongStructMap> shard = map.shardOf(hash);
        LongStructMap table = shard.table;
        long version = shard.tryOptimisticRead();
        if (version != 0 && table.cachedArray != 0) {
            try {
                long address = table.findHashed(hash, newKey);
                if (address != 0) {
                    copyFields(table.mem, address);
                }
                if (shard.validate(version)) {
                    isPresent = address != 0;
                    return address != 0;
                }
            } catch (RuntimeException e) {
                // a torn read, or an exception that readOrLock meets again
            }
        }
        return readOrLock(shard, hash);
    }

    /** Does the same as {@link #read} in all cases, and takes the lock if it must. */
    private boolean readOrLock(Shard<LongStructMap> shard, long hash) {
        for (int tries = 0; shard.triesAgain(tries); tries++) {
            long version = shard.version();
            try {
                boolean found = version != 0 && copyFound(shard.table, hash);
                if (shard.isUnchanged(version)) {
                    shards.requireOpen();
                    isPresent = found;
                    return found;
                }
            } catch (RuntimeException | InternalError e) {
                if (shard.isUnchanged(version)) {
                    throw shards.exceptionFor(e); // the version is unchanged: no torn read
                }
            }
            Thread.onSpinWait();
        }
        long stamp = shards.lockForRead(shard);
        try {
            shards.requireAlive();
            isPresent = copyFound(shard.table, hash);
            return isPresent;
        } finally {
            shard.unlockRead(stamp);
        }
    }

    private boolean copyFound(LongStructMap table, long hash) {
        long address = SyncLongStructMap.findInShard(table, hash, key);
        if (address != 0) {
            copyFields(table.mem, address);
        }
        return address != 0;
    }

    private void copyFields(MemorySegment memory, long address) {
        if (fields.length == 0) {
            copyAll(memory, address, mem, 0);
            return;
        }
        for (Place field : fields) {
            int offset = field.offset();
            switch (field.bytes()) {
                case Long.BYTES -> mem.set(Mem.LONG, offset, memory.get(Mem.LONG, address + offset));
                case Integer.BYTES -> mem.set(Mem.INT, offset, memory.get(Mem.INT, address + offset));
                case Short.BYTES -> mem.set(Mem.SHORT, offset, memory.get(Mem.SHORT, address + offset));
                default -> mem.set(Mem.BYTE, offset, memory.get(Mem.BYTE, address + offset));
            }
        }
    }

    /** Copies a struct from one memory to the other. */
    private void copyAll(MemorySegment memory, long from, MemorySegment target, long to) {
        int bytes = type.bytes();
        if (bytes > LOOP_BYTES) {
            Mem.copyOut(memory, from, target, to, bytes);
            return;
        }
        int done = 0;
        for (; done <= bytes - Long.BYTES; done += Long.BYTES) {
            target.set(Mem.LONG, to + done, memory.get(Mem.LONG, from + done));
        }
        for (; done < bytes; done++) {
            target.set(Mem.BYTE, to + done, memory.get(Mem.BYTE, from + done));
        }
    }

    /** Takes a copy of a struct that lies in an array. */
    void hold(long newKey, byte[] structs, int from) {
        MemorySegment.copy(structs, from, mem, ValueLayout.JAVA_BYTE, 0, type.bytes());
        key = newKey;
        isPresent = true;
    }

    /**
     * Returns the key whose fields this reference holds.
     *
     * @return the key
     * @throws IllegalStateException if this reference has no values
     */
    public long key() {
        requirePresent();
        return key;
    }

    @Override
    long start(Place place) {
        requirePresent();
        if (fields.length != 0 && readable[place.offset()] != place.bytes()) {
            throw new IllegalArgumentException("the field " + place
                    + " is none of those that this reference reads: name it when you make the reference");
        }
        return 0;
    }

    @Override
    long start() {
        requirePresent();
        if (fields.length != 0) {
            throw new IllegalStateException("this reference reads only some of the fields: make it with ref(), without"
                    + " fields, to copy structs");
        }
        return 0;
    }

    private void requirePresent() {
        if (!isPresent) {
            throw new IllegalStateException("the reference has no values: read has not been called, returned false, or"
                    + " an update has failed");
        }
    }

    private void requireIdle() {
        if (isEditing) {
            throw new IllegalStateException(
                    "the reference is in use by update: use another reference to read in the function");
        }
    }

    // -------------------------------------------------------------------------------------- update

    /**
     * Changes the struct of a key, atomically. Until the change is done, readers see the struct as
     * it was. Afterwards this reference has the new values.
     *
     * @param newKey the key
     * @param change changes the struct: it has all fields, and is at no struct after the call. It
     *     runs under the lock of the key's shard, so it must be short. It may read the map through
     *     another reference, but not change the map. If it throws, the struct in the map is as it
     *     was
     * @return whether the key is present; if it is absent, {@code change} is not called
     * @throws IllegalStateException if the change uses this reference or writes to the map, or if
     *     the map is closed
     */
    public boolean update(long newKey, Consumer<? super StructRef> change) {
        Objects.requireNonNull(change, "change");
        return update(newKey, change, null, 0, false);
    }

    /**
     * Does the same as {@link #update(long, Consumer)}, and passes a number to the change. So a
     * change that depends on a number need not capture it, which would make garbage.
     *
     * @param newKey the key
     * @param argument the number
     * @param change changes the struct
     * @return whether the key is present
     * @throws IllegalStateException as {@link #update(long, Consumer)} does
     */
    public boolean update(long newKey, long argument, ObjLongConsumer<? super StructRef> change) {
        Objects.requireNonNull(change, "change");
        return update(newKey, null, change, argument, false);
    }

    /**
     * Does the same as {@link #update(long, Consumer)}. If the key is absent, adds it with a struct
     * of zeros that {@code change} has changed.
     *
     * @param newKey the key
     * @param change changes the struct; if it throws, nothing is added
     * @return whether the key was present
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is as it
     *     was
     * @throws IllegalStateException as {@link #update(long, Consumer)} does
     */
    public boolean updateOrAdd(long newKey, Consumer<? super StructRef> change) {
        Objects.requireNonNull(change, "change");
        return update(newKey, change, null, 0, true);
    }

    /**
     * Does the same as {@link #updateOrAdd(long, Consumer)}, and passes a number to the change.
     *
     * @param newKey the key
     * @param argument the number
     * @param change changes the struct; if it throws, nothing is added
     * @return whether the key was present
     * @throws HeapExhaustedException if the key is new and the heap has no room; the map is as it
     *     was
     * @throws IllegalStateException as {@link #update(long, Consumer)} does
     */
    public boolean updateOrAdd(long newKey, long argument, ObjLongConsumer<? super StructRef> change) {
        Objects.requireNonNull(change, "change");
        return update(newKey, null, change, argument, true);
    }

    /**
     * Changes the copy of a struct with one of the two functions, and then stores it. No other
     * thread writes to the shard meanwhile, and the function cannot, so the address stays right.
     */
    private boolean update(
            long newKey,
            @Nullable Consumer<? super StructRef> change,
            @Nullable ObjLongConsumer<? super StructRef> changeBy,
            long argument,
            boolean adds) {
        requireIdle();
        isPresent = false;
        key = newKey;
        long hash = map.hash(newKey);
        Shard<LongStructMap> shard = map.shardOf(hash);
        long stamp = shards.lockForFunction(shard);
        try {
            LongStructMap table = shard.table;
            long address = SyncLongStructMap.findInShard(table, hash, newKey);
            if (address == 0 && !adds) {
                return false;
            }
            if (address == 0) {
                Mem.zero(mem, 0, type.bytes());
            } else {
                copyAll(table.mem, address, mem, 0);
            }
            isEditing = true;
            try {
                if (change != null) {
                    change.accept(edit);
                } else if (changeBy != null) {
                    changeBy.accept(edit, argument);
                }
            } finally {
                isEditing = false;
            }
            stamp = shard.excludeReaders(stamp);
            if (address == 0) {
                add(table);
            } else {
                long copy = table.beginOverwrite(address, type.bytes());
                copyAll(mem, 0, table.mem, address);
                table.endOverwrite(copy);
            }
            isPresent = true;
            return address != 0;
        } finally {
            shards.unlockFunction(shard, stamp);
        }
    }

    private void add(LongStructMap table) {
        try (OperationBuffers buffers = OperationBuffers.take()) {
            type.encode(mem, 0, buffers.value);
            table.write(key, buffers, false);
        }
    }

    /** The struct while a caller's function changes it. */
    static final class Edit extends StructRef {
        private final SyncLongStructRef owner;

        Edit(SyncLongStructRef owner) {
            super(owner.mem, false, owner.type);
            this.owner = owner;
        }

        @Override
        long start(Place place) {
            return start();
        }

        @Override
        long start() {
            if (!owner.isEditing) {
                throw new IllegalStateException("a struct can be changed only while update runs its function");
            }
            return 0;
        }
    }
}
