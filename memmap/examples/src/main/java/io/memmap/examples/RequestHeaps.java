package io.memmap.examples;

import io.memmap.HeapExhaustedException;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import io.memmap.observe.MemStats;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A heap for each request. A request counts words in maps of its own heap, and the heap's end frees
 * them all at once: nothing is left to free one by one, or to forget. The bound of the heap is the
 * bound of the request: a request that is too large fails, and the others go on.
 */
public final class RequestHeaps {
    private static final int REQUESTS = 100;
    private static final int LARGE_REQUEST = 42;
    private static final long BYTES_A_REQUEST = 1 << 20;

    private RequestHeaps() {}

    /** Runs the example. It takes no arguments. */
    public static void main(String[] arguments) throws Exception {
        MemStats before = MemStats.read();
        List<Future<String>> answers = new ArrayList<>();
        try (ExecutorService server = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int request = 0; request < REQUESTS; request++) {
                String text = textOf(request);
                answers.add(server.submit(() -> mostFrequentWord(text)));
            }
        } // waits for the threads
        int answered = 0;
        for (Future<String> answer : answers) {
            if (answer.get().equals("sea")) {
                answered++;
            }
        }
        System.out.println(answered + " requests found the word \"sea\"");
        System.out.println(
                "request " + LARGE_REQUEST + ": " + answers.get(LARGE_REQUEST).get());

        MemStats after = MemStats.read();
        System.out.println(after.heapsOpened() - before.heapsOpened() + " heaps were opened, "
                + (after.heapsClosed() - before.heapsClosed()) + " were closed, "
                + (after.committed() - before.committed()) + " bytes are left");
    }

    private static String mostFrequentWord(String text) {
        // Confined to this thread: it needs no lock. A virtual thread is a thread like any other.
        try (NativeHeap heap =
                NativeHeap.builder().confined().maxBytes(BYTES_A_REQUEST).open()) {
            MemMap<String, Integer> counts = MemMap.make(heap, Type.UTF8, Type.INT);
            for (String word : text.split(" ", -1)) {
                counts.merge(word, 1, Integer::sum);
            }
            String most = "";
            for (var cursor = counts.cursor(); cursor.next(); ) {
                if (cursor.value() > counts.getOrDefault(most, 0)) {
                    most = cursor.key();
                }
            }
            return most; // a String of the Java heap, which outlives the map
        } catch (HeapExhaustedException tooLarge) {
            return "refused, because " + BYTES_A_REQUEST + " bytes are not enough";
        }
    }

    private static String textOf(int request) {
        int words = request == LARGE_REQUEST ? 50_000 : 200;
        return IntStream.range(0, words)
                .mapToObj(i -> i % 10 == 0 ? "sea" : "word" + i)
                .collect(Collectors.joining(" "));
    }
}
