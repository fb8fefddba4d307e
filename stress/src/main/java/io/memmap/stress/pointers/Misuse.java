package io.memmap.stress.pointers;

import io.memmap.Geometry;
import io.memmap.IntIntMap;
import io.memmap.LongLongMap;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A wrong use of a pointer, once through memmap's objects and once through addresses. Each returns
 * the answer that a program would go on with. If there is a right answer, any other answer is
 * garbage.
 */
enum Misuse {
    ARRAY_AS_MAP("an array's pointer as a map's") {
        @Override
        Outcome throughHandles(Scene s) {
            return judge(LongLongMap.at(s.heap, s.array).get(Scene.KEY));
        }

        @Override
        Outcome throughAddresses(Scene s) {
            return judge(s.find(s.array, Scene.bucket(s.map)));
        }
    },
    MAP_AS_ARRAY("a map's pointer as an array's") {
        @Override
        Outcome throughHandles(Scene s) {
            return judge(s.heap.slice(s.map.pointer(), s.arrayBytes).get(ValueLayout.JAVA_LONG, 0));
        }

        @Override
        Outcome throughAddresses(Scene s) {
            return judge(s.slotOf(s.map.pointer(), Scene.CHAINS, Scene.bucket(s.map)));
        }
    },
    OTHER_TYPE("a map of longs as a map of ints") {
        @Override
        Outcome throughHandles(Scene s) {
            return judge(IntIntMap.at(s.heap, s.map.pointer()).get((int) Scene.KEY));
        }

        @Override
        Outcome throughAddresses(Scene s) {
            IntIntMap ints = IntIntMap.builder(s.heap).geometry(Geometry.LINE).make();
            return judge(s.find(s.map.pointer(), ints.layout().bucket()));
        }
    },
    STALE_ARRAY("an array's pointer after growth") {
        @Override
        Outcome throughHandles(Scene s) {
            s.grow();
            return judge(s.heap.slice(s.array, s.arrayBytes).get(ValueLayout.JAVA_LONG, 0));
        }

        @Override
        Outcome throughAddresses(Scene s) {
            s.grow();
            s.addresses.dismiss(s.address(s.array));
            return judge(s.slotOf(s.array, Scene.CHAINS, Scene.bucket(s.map)));
        }
    },
    STALE_ENTRY("an entry's place after growth") {
        @Override
        Outcome throughHandles(Scene s) {
            var cursor = s.map.cursor();
            while (cursor.next() && cursor.key() != Scene.KEY) {}
            s.grow();
            cursor.setValue(NEW_VALUE);
            return judge(s.map.get(Scene.KEY), NEW_VALUE);
        }

        @Override
        Outcome throughAddresses(Scene s) {
            long place = s.valueAddress();
            s.grow();
            s.addresses.dismiss(s.address(s.array));
            s.addresses.putLong(place, NEW_VALUE);
            return judge(s.map.get(Scene.KEY), NEW_VALUE);
        }
    },
    CLOSED("a map of a closed heap") {
        @Override
        Outcome throughHandles(Scene s) {
            s.heap.close();
            return judge(s.map.get(Scene.KEY));
        }

        @Override
        Outcome throughAddresses(Scene s) {
            s.heap.close();
            return judge(s.addresses.getLong(s.address(s.array)));
        }
    },
    FREED_MAP("a freed map, with another in its place") {
        @Override
        Outcome throughHandles(Scene s) {
            replace(s);
            if (!s.map.isNil() || s.map.get(Scene.KEY) != 0) {
                return judge(s.map.get(Scene.KEY));
            }
            return judge(s.map.put(Scene.KEY, NEW_VALUE)); // a nil map refuses writes
        }

        @Override
        Outcome throughAddresses(Scene s) {
            replace(s);
            s.addresses.dismiss(s.address(s.map.pointer()));
            s.addresses.dismiss(s.address(s.array));
            return judge(s.find(s.map.pointer(), Scene.bucket(s.map)));
        }

        private void replace(Scene s) {
            s.map.free();
            LongLongMap other = s.filled(NEW_VALUE);
            if (other.pointer() != s.map.pointer()) {
                throw new IllegalStateException(
                        "the other map should lie where the first one was, but is at " + other.pointer());
            }
        }
    },
    FREED_BLOCK("a freed block") {
        @Override
        Outcome throughHandles(Scene s) {
            long block = s.heap.allocate(BLOCK_BYTES);
            s.heap.free(block);
            return judge(s.heap.slice(block, BLOCK_BYTES).get(ValueLayout.JAVA_LONG, 0));
        }

        @Override
        Outcome throughAddresses(Scene s) {
            long block = s.addresses.allocate(BLOCK_BYTES);
            s.addresses.free(block);
            return judge(s.addresses.getLong(block));
        }
    },
    DOUBLE_FREE("a block freed twice") {
        @Override
        Outcome throughHandles(Scene s) {
            long block = s.heap.allocate(BLOCK_BYTES);
            s.heap.free(block);
            s.heap.free(block);
            return judge(block);
        }

        @Override
        Outcome throughAddresses(Scene s) {
            long block = s.addresses.allocate(BLOCK_BYTES);
            s.addresses.free(block);
            s.addresses.free(block);
            return judge(block);
        }
    },
    BEHIND_ARRAY("the word after an array") {
        @Override
        Outcome throughHandles(Scene s) {
            return judge(s.heap.slice(s.array, s.arrayBytes).get(ValueLayout.JAVA_LONG, s.arrayBytes));
        }

        @Override
        Outcome throughAddresses(Scene s) {
            return judge(s.addresses.getLong(s.address(s.array) + s.arrayBytes));
        }
    },
    BEHIND_HEAP("the word after the heap") {
        @Override
        Outcome throughHandles(Scene s) {
            return judge(
                    s.heap.segment().get(ValueLayout.JAVA_LONG, s.heap.segment().byteSize()));
        }

        @Override
        Outcome throughAddresses(Scene s) {
            return judge(s.addresses.getLong(s.base + s.heap.segment().byteSize()));
        }
    },
    WILD("a wild pointer") {
        @Override
        Outcome throughHandles(Scene s) {
            return judge(LongLongMap.at(s.heap, WILD_POINTER).get(Scene.KEY));
        }

        @Override
        Outcome throughAddresses(Scene s) {
            return judge(s.find(WILD_POINTER, Scene.bucket(s.map)));
        }
    },
    NIL("a write through the nil pointer") {
        @Override
        Outcome throughHandles(Scene s) {
            return judge(LongLongMap.at(s.heap, 0).put(Scene.KEY, NEW_VALUE));
        }

        @Override
        Outcome throughAddresses(Scene s) {
            s.addresses.putLong(0, NEW_VALUE);
            return judge(NEW_VALUE);
        }
    },
    OTHER_THREAD("a confined map in another thread") {
        @Override
        Outcome throughHandles(Scene s) {
            return inAnotherThread(() -> judge(s.map.get(Scene.KEY), Scene.VALUE));
        }

        @Override
        Outcome throughAddresses(Scene s) {
            return inAnotherThread(() -> judge(s.find(s.map.pointer(), Scene.bucket(s.map)), Scene.VALUE));
        }
    },
    TORN_POINTER("a header with half of a pointer replaced") {
        @Override
        Outcome throughHandles(Scene s) {
            tear(s);
            return judge(LongLongMap.at(s.heap, s.map.pointer()).get(Scene.KEY), Scene.VALUE);
        }

        @Override
        Outcome throughAddresses(Scene s) {
            tear(s);
            return judge(s.find(s.map.pointer(), Scene.bucket(s.map)), Scene.VALUE);
        }

        private void tear(Scene s) {
            s.heap.segment()
                    .set(ValueLayout.JAVA_INT, s.map.pointer() + s.offset("buckets") + Integer.BYTES, 0x7A11_7A11);
        }
    },
    TORN_HEADER("a header with half of another map's header") {
        @Override
        Outcome throughHandles(Scene s) {
            s.tear(s.filled(NEW_VALUE), 0, s.offset("identity"));
            return judge(LongLongMap.at(s.heap, s.map.pointer()).get(Scene.KEY), Scene.VALUE);
        }

        @Override
        Outcome throughAddresses(Scene s) {
            LongLongMap other = s.filled(NEW_VALUE);
            admitArray(s, other);
            s.tear(other, 0, s.offset("identity"));
            return judge(s.find(s.map.pointer(), Scene.bucket(s.map)), Scene.VALUE);
        }
    },
    TORN_UNDER_A_HANDLE("the same, with an older handle and check()") {
        @Override
        Outcome throughHandles(Scene s) {
            s.tear(s.filled(NEW_VALUE), 0, s.offset("identity"));
            long value = s.map.get(Scene.KEY);
            if (value != Scene.VALUE) {
                s.map.check();
            }
            return judge(value, Scene.VALUE);
        }

        @Override
        Outcome throughAddresses(Scene s) {
            return TORN_HEADER.throughAddresses(s); // code with an address has no check to call
        }
    };

    private static final long NEW_VALUE = 7777;
    private static final long BLOCK_BYTES = 64;
    private static final long WILD_POINTER = 1L << 46;

    private final String title;

    Misuse(String title) {
        this.title = title;
    }

    String title() {
        return title;
    }

    abstract Outcome throughHandles(Scene scene);

    abstract Outcome throughAddresses(Scene scene);

    private static void admitArray(Scene s, LongLongMap other) {
        long array = s.heap.segment().get(ValueLayout.JAVA_LONG, other.pointer() + s.offset("buckets"));
        s.addresses.admit(s.heap.slice(array, s.arrayBytes));
    }

    private static Outcome inAnotherThread(Callable<Outcome> work) {
        FutureTask<Outcome> task = new FutureTask<>(work);
        Thread.ofPlatform().start(task);
        try {
            return task.get();
        } catch (ExecutionException refused) {
            return Outcome.exception(refused);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Judges an answer to a question without a right answer: every answer is garbage. */
    private static Outcome judge(long value) {
        return Outcome.garbage(value == Scene.ABSENT ? "absent" : Long.toString(value));
    }

    private static Outcome judge(long value, long right) {
        return value == right
                ? Outcome.value(value)
                : Outcome.garbage((value == Scene.ABSENT ? "absent" : value) + ", not " + right);
    }
}
