package io.memmap.observe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.memmap.NativeHeap;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The profile of the waits for the lock of a shard. */
@Timeout(60)
class ContentionProfileTest {
    private final NativeHeap heap =
            NativeHeap.builder().shared().maxBytes(16 << 20).open();
    private final SyncMap<Integer, Integer> map = SyncMap.make(heap, Type.INT, Type.INT);

    @AfterEach
    void end() {
        ContentionProfile.setRateNanos(0);
        heap.close();
    }

    private static List<ContentionProfile.Site> sitesOf(String method) {
        return ContentionProfile.take().sites().stream()
                .filter(site -> site.stack().stream()
                        .anyMatch(frame -> frame.getMethodName().equals(method)))
                .toList();
    }

    /**
     * This thread locks the shard of key 1 and lets another thread do something. It unlocks the
     * shard when the other thread waits.
     */
    private void whileLocked(Runnable waiter) throws InterruptedException {
        CountDownLatch locked = new CountDownLatch(1);
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                locked.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            waiter.run();
        });
        map.compute(1, (key, value) -> {
            locked.countDown();
            while (thread.getState() != Thread.State.WAITING || parked(thread)) {
                Thread.onSpinWait();
            }
            return 7;
        });
        thread.join();
    }

    /** Returns whether the thread still waits for the latch. */
    private static boolean parked(Thread thread) {
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (frame.getClassName().equals(CountDownLatch.class.getName())) {
                return true;
            }
        }
        return false;
    }

    private void putThatWaits() {
        map.put(1, 2);
    }

    private void putThatWaitsUnseen() {
        map.put(1, 3);
    }

    private void putThatNeedNotWait() {
        map.put(1, 4);
    }

    @Test
    void everyWaitCountsAtTheCallersLineAtARateOfOne() throws Exception {
        ContentionProfile.setRateNanos(1);
        whileLocked(this::putThatWaits);
        List<ContentionProfile.Site> sites = sitesOf("putThatWaits");
        assertThat(sites).hasSize(1);
        assertThat(sites.getFirst().stack().getFirst().getMethodName()).isEqualTo("putThatWaits");
        assertThat(sites.getFirst().contentions()).isOne();
        assertThat(sites.getFirst().delayNanos()).isPositive();
        assertThat(map.get(1)).isEqualTo(2);
        assertThat(ContentionProfile.take().rateNanos()).isOne();
    }

    @Test
    void lockingAFreeLockIsNoWait() {
        ContentionProfile.setRateNanos(1);
        putThatNeedNotWait();
        assertThat(sitesOf("putThatNeedNotWait")).isEmpty();
    }

    @Test
    void nothingCountsAtARateOfZero() throws Exception {
        whileLocked(this::putThatWaitsUnseen);
        assertThat(sitesOf("putThatWaitsUnseen")).isEmpty();
    }

    @Test
    void aNegativeRateIsRefused() {
        assertThatThrownBy(() -> ContentionProfile.setRateNanos(-1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("nanoseconds of waiting between samples must be 0 or more: -1");
    }
}
