package io.memmap.examples;

import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import io.memmap.observe.HeapProfile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/**
 * A server with a leak, and how two heap profiles find it. A profile says how many bytes each line
 * of code holds. The line that holds more in the second profile than in the first has the leak: here
 * each request leaves a receipt that nothing removes. The files are for {@code go tool pprof}; the
 * program itself shows the same difference, so Go is not needed.
 */
public final class LeakInPprof {
    private static final int REQUESTS = 20_000;

    private final SyncMap<Long, byte[]> uploads;
    private final SyncMap<Long, byte[]> receipts;

    private LeakInPprof(NativeHeap heap) {
        uploads = SyncMap.builder(heap, Type.LONG, Type.BYTES).name("uploads").make();
        receipts = SyncMap.builder(heap, Type.LONG, Type.BYTES).name("receipts").make();
    }

    private void serve(long request) {
        uploads.put(request, new byte[1_000]);
        sign(request);
        uploads.remove(request);
    }

    private void sign(long request) {
        receipts.put(request, new byte[200]); // the leak
    }

    /** Runs the example. The argument is the directory for the profiles; the default is this one. */
    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments.length == 0 ? "." : arguments[0]);
        // The default is a sample for each 512 KiB. A short program takes more of them.
        try (NativeHeap heap =
                NativeHeap.builder().shared().profileEvery(4 << 10).open()) {
            LeakInPprof server = new LeakInPprof(heap);
            long request = 0;
            while (request < REQUESTS) {
                server.serve(request++);
            }
            HeapProfile before = write(directory.resolve("before.pb.gz"));
            while (request < 2 * REQUESTS) {
                server.serve(request++);
            }
            HeapProfile after = write(directory.resolve("after.pb.gz"));

            Map<String, Long> growth = new HashMap<>();
            after.sites().forEach(site -> growth.merge(nameOf(site), site.inUseBytes(), Long::sum));
            before.sites().forEach(site -> growth.merge(nameOf(site), -site.inUseBytes(), Long::sum));
            growth.entrySet().stream()
                    .max(Comparator.comparing(Map.Entry::getValue))
                    .ifPresent(most -> System.out.println(
                            most.getKey() + " holds some " + (most.getValue() >> 10) + " KiB more than before"));
            System.out.println("go tool pprof -top -diff_base " + directory.resolve("before.pb.gz") + " "
                    + directory.resolve("after.pb.gz"));
        }
    }

    /** Returns the map and the line of code that called the library. */
    private static String nameOf(HeapProfile.Site site) {
        return "the map " + site.map() + ", written by " + site.stack().getFirst() + ",";
    }

    private static HeapProfile write(Path file) throws IOException {
        HeapProfile profile = HeapProfile.take();
        try (OutputStream out = Files.newOutputStream(file)) {
            profile.writePprof(out);
        }
        return profile;
    }
}
