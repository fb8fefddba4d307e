package io.memmap.stress.leaks;

import io.memmap.observe.HeapProfile;
import io.memmap.observer.Observer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The JVM of one form of an accident. It serves requests at a steady rate. From time to time,
 * between two requests and after a collection, it reads its own figures. It prints these readings,
 * and at the end the result of the search for the leak.
 */
final class LeaksChild {
    static final String PROGRESS = "@requests ";
    /** The beginning of the line with the page's address. */
    static final String PAGE = "@page ";
    /** The line after all results. The process may go on so that a user can look at its page. */
    static final String TOLD = "@told";

    /**
     * The heap profile samples one byte in this many on average. At this rate the size of the leak
     * is known to better than one hundredth.
     */
    static final long PROFILE_MEAN_BYTES = 4 << 10;

    /**
     * The number of requests before the measurement. After them all bounded structures are full.
     */
    static final int FIRST_REQUESTS = 1500;

    static final int REQUESTS = 4000;
    static final int READINGS = 40;

    private final Accident accident;
    private final Form form;
    private final long nanos;
    private final @Nullable String profiles;
    private final boolean serves;

    private final Ledger ledger = new Ledger();
    private final Diagnosis diagnosis = new Diagnosis();

    private LeaksChild(Accident accident, Form form, long nanos, @Nullable String profiles, boolean serves) {
        this.accident = accident;
        this.form = form;
        this.nanos = nanos;
        this.profiles = profiles;
        this.serves = serves;
    }

    /**
     * Runs one form. The arguments are the names of the accident and the form, the milliseconds,
     * whether to serve the page, and optionally the beginning of the names of the files for
     * profiles.
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        long nanos = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(args[2]));
        var child = new LeaksChild(
                Accident.valueOf(args[0]),
                Form.valueOf(args[1]),
                nanos,
                args.length > 4 ? args[4] : null,
                Boolean.parseBoolean(args[3]));
        if (!child.serves) {
            child.run();
            return;
        }
        try (Observer page = Observer.serve(0)) {
            System.out.println(PAGE + page.uri());
            child.run();
            Thread.currentThread().join(); // until the launcher or a user ends this process
        }
    }

    private void run() throws IOException {
        HeapProfile.setMeanBytes(PROFILE_MEAN_BYTES);
        Service service = new Service();
        Scenario scenario = accident.begin(form, ledger);
        long answers = 0;
        int id = 0;
        for (; id < FIRST_REQUESTS; id++) {
            answers += service.serve(id) + scenario.serve(id);
        }
        writeProfile("before");
        long start = System.nanoTime();
        long due = start;
        read(0);
        for (int reading = 1; reading <= READINGS; reading++) {
            for (; id - FIRST_REQUESTS < REQUESTS / READINGS * reading; id++) {
                await(due);
                answers += service.serve(id) + scenario.serve(id);
                due = Math.max(due, System.nanoTime() - nanos / READINGS) + nanos / REQUESTS;
            }
            read((System.nanoTime() - start) / 1e9);
            System.out.println(PROGRESS + (id - FIRST_REQUESTS));
        }
        writeProfile("after");
        tell();
        System.out.println("answers\t" + answers);
        System.out.println(TOLD);
    }

    private static void await(long moment) {
        for (long left = moment - System.nanoTime(); left > 0; left = moment - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }

    private void read(double seconds) {
        System.gc();
        System.out.println(Reading.of(seconds, diagnosis.look()).line());
    }

    private void writeProfile(String moment) throws IOException {
        if (profiles != null) {
            HeapProfile profile = HeapProfile.take();
            try (OutputStream file = Files.newOutputStream(Path.of(profiles + "-" + moment + ".pb.gz"))) {
                profile.writePprof(file);
            }
            Files.writeString(
                    Path.of(profiles + "-" + moment + ".collapsed"), profile.collapsed(HeapProfile.Site::inUseBytes));
        }
    }

    private void tell() {
        diagnosis.suspects().forEach(suspect -> System.out.println(suspect.text()));
        Diagnosis.dropped()
                .forEach(leak -> System.out.println(new Findings.Dropped(
                                leak.kind().name(), Frames.text(leak.openedAt().getFirst()), leak.count(), leak.bytes())
                        .text()));
        ledger.lines().forEach(line -> System.out.println(Findings.PLANTED + "\t" + line));
        System.out.println(Findings.KEPT + "\t" + ledger.bytes());
    }
}
