package io.memmap.stress.leaks;

import io.memmap.observe.HeapProfile;
import io.memmap.observe.Observer;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The JVM of one form of an accident: serves requests at a steady rate, looks at itself from time to time, always between two
 * requests and after a collection, and prints what it has seen and what it makes of it.
 */
final class LeaksChild {
    static final String PROGRESS = "@requests ";
    /** Begins the line with the page's address. */
    static final String PAGE = "@page ";
    /** All is said; the process may go on for who looks at its page. */
    static final String TOLD = "@told";

    /** A sample in so many bytes on average, so that a leak of this size is known to better than a hundredth. */
    static final long PROFILE_MEAN_BYTES = 4 << 10;

    /** Requests before the time that counts: all that is bounded is full then. */
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
     * Takes the names of the accident and the form, the milliseconds, whether to serve the page, and what the files of profiles
     * begin with, if there are any.
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
            Thread.currentThread().join(); // until the launcher ends, or somebody ends this process
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
                .forEach(leak -> System.out.println(new Outcome.Dropped(
                                leak.kind().name(), Frames.text(leak.openedAt().getFirst()), leak.count(), leak.bytes())
                        .text()));
        ledger.lines().forEach(line -> System.out.println(Outcome.PLANTED + "\t" + line));
        System.out.println(Outcome.KEPT + "\t" + ledger.bytes());
    }
}
