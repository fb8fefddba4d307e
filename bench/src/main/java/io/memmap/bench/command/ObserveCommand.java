package io.memmap.bench.command;

import io.memmap.LongLongMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import io.memmap.bench.console.Console;
import io.memmap.bench.console.ProgressLine;
import io.memmap.bench.console.UsageException;
import io.memmap.bench.result.Commit;
import io.memmap.bench.result.MachineDescription;
import io.memmap.bench.result.Samples;
import io.memmap.bench.text.Text;
import io.memmap.bench.text.TextTable;
import io.memmap.observe.HeapProfile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Measures the cost of the allocation profile. */
@Command(
        name = "observe",
        description = {
            "Fills maps with the allocation profile off, at its default rate, and at every allocation. The fills take"
                    + " turns in one JVM; each has a new heap. Prints medians and ranges of the time for a put, and the"
                    + " median of the ratios to a fill of the same round without a profile. Each round has two fills"
                    + " without a profile: their ratio is the noise.",
            ""
        },
        sortOptions = false,
        usageHelpAutoWidth = true)
public final class ObserveCommand implements Callable<Integer> {
    private static final int WARM_UP_ROUNDS = 5;
    private static final int VALUE_BYTES = 100;

    /** How often a heap is sampled. */
    private enum Profile {
        OFF("off", 0),
        OFF_AGAIN("off, again", 0),
        DEFAULT("every 512 KiB", 512 << 10),
        EVERY("every allocation", 1);

        private final String title;
        private final long meanBytes;

        Profile(String title, long meanBytes) {
            this.title = title;
            this.meanBytes = meanBytes;
        }
    }

    /** The maps that are filled. */
    private enum Work {
        LONGS("long to long: only growth allocates") {
            @Override
            void fill(NativeHeap heap, int size) {
                LongLongMap map = LongLongMap.make(heap);
                for (long i = 0; i < size; i++) {
                    map.put(i, i);
                }
            }
        },
        BLOCKS("long to 100 bytes: every put allocates") {
            @Override
            void fill(NativeHeap heap, int size) {
                MemMap<Long, byte[]> map = MemMap.make(heap, Type.LONG, Type.BYTES);
                byte[] value = new byte[VALUE_BYTES];
                for (long i = 0; i < size; i++) {
                    map.set(i, value);
                }
            }
        },
        CHURN("long to 100 or 50 bytes in turn: every put allocates and frees") {
            @Override
            void fill(NativeHeap heap, int size) {
                MemMap<Long, byte[]> map = MemMap.make(heap, Type.LONG, Type.BYTES);
                byte[] large = new byte[VALUE_BYTES];
                byte[] small = new byte[VALUE_BYTES / 2];
                for (int i = 0; i < size; i++) {
                    map.set((long) (i & 0xFFF), (i & 0x1000) == 0 ? large : small);
                }
            }
        };

        private final String title;

        Work(String title) {
            this.title = title;
        }

        abstract void fill(NativeHeap heap, int size);

        final double nanosAPut(Profile profile, int size) {
            try (NativeHeap heap =
                    NativeHeap.builder().profileEvery(profile.meanBytes).open()) {
                long start = System.nanoTime();
                fill(heap, size);
                return (double) (System.nanoTime() - start) / size;
            }
        }
    }

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--rounds",
            defaultValue = "31",
            description = "Number of fills of each sort. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--size",
            defaultValue = "100000",
            description = "Number of puts in a fill. Default: ${DEFAULT-VALUE}.")
    private int size;

    @Override
    public Integer call() {
        if (rounds < 1 || size < 1) {
            throw new UsageException("--rounds and --size must be 1 or more: " + rounds + ", " + size);
        }
        String commit = Commit.here();
        Console console = Console.of(spec.commandLine());
        TextTable table = new TextTable(List.of("puts", "profile", "a put", "x"));
        for (Work work : Work.values()) {
            measure(work, table, new ProgressLine(console));
        }
        console.out()
                .println(MachineDescription.here().describe() + "; commit " + commit + "; " + rounds + " rounds of "
                        + Text.count(size) + " puts; "
                        + HeapProfile.take().sites().size() + " sites\n");
        console.out().print(table.render());
        console.out().flush();
        return 0;
    }

    private void measure(Work work, TextTable table, ProgressLine line) {
        List<Profile> profiles = List.of(Profile.values());
        Samples[] nanos = Stream.generate(Samples::new).limit(profiles.size()).toArray(Samples[]::new);
        Samples[] ratios = Stream.generate(Samples::new).limit(profiles.size()).toArray(Samples[]::new);
        for (int round = -WARM_UP_ROUNDS; round < rounds; round++) {
            line.show(work.title + ": round " + Math.max(0, round + 1) + " of " + rounds);
            double[] ofRound = new double[profiles.size()];
            for (Profile profile : inTurn(round)) {
                ofRound[profiles.indexOf(profile)] = work.nanosAPut(profile, size);
            }
            for (int i = 0; round >= 0 && i < profiles.size(); i++) {
                nanos[i].add(ofRound[i]);
                ratios[i].add(ofRound[i] / ofRound[profiles.indexOf(Profile.OFF)]);
            }
        }
        line.end(work.title + ": done");
        for (int i = 0; i < profiles.size(); i++) {
            table.row(List.of(
                    work.title, profiles.get(i).title, nanos[i].format(Text::nanos), ratios[i].format(Text::digits)));
        }
    }

    /**
     * Returns the profiles in another order in each round, so that no profile always follows the
     * same one.
     */
    private static List<Profile> inTurn(int round) {
        List<Profile> turned = new ArrayList<>(Arrays.asList(Profile.values()));
        Collections.rotate(turned, round);
        return turned;
    }
}
