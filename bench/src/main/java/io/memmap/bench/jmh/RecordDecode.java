package io.memmap.bench.jmh;

import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import io.memmap.bench.maps.Parcel;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Objects;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.infra.Blackhole;

/**
 * Gets of records with components that are objects, by the decoder that memmap derives and by two
 * that are written by hand. All read the same bytes. The maps are small, so that decoding is most
 * of the work.
 */
public class RecordDecode extends ObjectBenchmark {
    private static final int SIZE = 1000;

    private NativeHeap heap;
    private MemMap<Integer, Parcel> derived;
    private MemMap<Integer, Parcel> byReader;
    private MemMap<Integer, byte[]> arrays;

    @Setup(Level.Trial)
    public void fill() {
        heap = NativeHeap.ofConfined();
        derived = MemMap.make(heap, Type.INT, Parcel.DERIVED);
        byReader = MemMap.make(heap, Type.INT, Parcel.BY_READER);
        arrays = MemMap.make(heap, Type.INT, Type.BYTES);
        for (int n = 0; n < SIZE; n++) {
            Parcel parcel = Parcel.of(n);
            byte[] bytes = Parcel.encoded(parcel);
            derived.set(n, parcel);
            byReader.set(n, parcel);
            arrays.set(n, bytes);
            if (!Arrays.equals(derived.read(n, value -> value.toArray(ValueLayout.JAVA_BYTE)), bytes)
                    || !parcel.equals(derived.get(n))
                    || !parcel.equals(byReader.get(n))
                    || !parcel.equals(Parcel.decoded(bytes))) {
                throw new IllegalStateException("parcel " + n + " is not decoded as it was encoded");
            }
        }
    }

    /** The decoder that the library derives from the record. */
    @Benchmark
    @OperationsPerInvocation(SIZE)
    public void derived(Blackhole sink) {
        for (int n = 0; n < SIZE; n++) {
            sink.consume(derived.get(n));
        }
    }

    /** A decoder that uses the library's reader. */
    @Benchmark
    @OperationsPerInvocation(SIZE)
    public void byReader(Blackhole sink) {
        for (int n = 0; n < SIZE; n++) {
            sink.consume(byReader.get(n));
        }
    }

    /** A decoder that uses nothing of the library, on a copy of the bytes. */
    @Benchmark
    @OperationsPerInvocation(SIZE)
    public void byHand(Blackhole sink) {
        for (int n = 0; n < SIZE; n++) {
            sink.consume(Parcel.decoded(Objects.requireNonNull(arrays.get(n))));
        }
    }

    @TearDown
    public void close() {
        heap.close();
    }
}
