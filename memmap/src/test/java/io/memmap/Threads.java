package io.memmap;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/** Threads of a test that begin together; what one of them throws fails the test. */
final class Threads {
    /** What a thread does. */
    interface Work {
        void run(int id) throws Exception;
    }

    private Threads() {}

    static void run(int count, Work work) throws Exception {
        run(Thread.ofPlatform().daemon(), count, work);
    }

    static void runVirtual(int count, Work work) throws Exception {
        run(Thread.ofVirtual(), count, work);
    }

    private static void run(Thread.Builder builder, int count, Work work) throws Exception {
        CountDownLatch start = new CountDownLatch(count);
        List<FutureTask<Void>> tasks = new ArrayList<>();
        for (int id = 0; id < count; id++) {
            int own = id;
            FutureTask<Void> task = new FutureTask<>(() -> {
                start.countDown();
                start.await();
                work.run(own);
                return null;
            });
            tasks.add(task);
            builder.start(task);
        }
        for (FutureTask<Void> task : tasks) {
            try {
                task.get();
            } catch (ExecutionException e) {
                throw new AssertionError("a thread has failed", e.getCause());
            }
        }
    }
}
