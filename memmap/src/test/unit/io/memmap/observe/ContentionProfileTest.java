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

/** Who has waited for the lock of a shard. */
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

    /** Has a thread do something, once this one has the lock of key 1's shard, and lets go when that thread waits. */
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

    /** Whether the thread still waits for the latch. */
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
    void everyWaitCountsAtARateOfOneUnderTheCallersLine() throws Exception {
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
    void aFreeLockIsNoWait() {
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
                .hasMessage("nanoseconds of waiting a sample must be 0 or more: -1");
    }
}
