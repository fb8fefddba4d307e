package io.memmap.memory;

import com.sun.management.OperatingSystemMXBean;
import io.memmap.format.HeapLayout;
import java.lang.management.ManagementFactory;
import org.jspecify.annotations.Nullable;

/** The resources of this machine, or of the container that the process runs in. */
final class Machine {
    private static final long UNKNOWN_MEMORY_BYTES = 1L << 30;

    private Machine() {}

    static long memoryBytes() {
        @Nullable OperatingSystemMXBean os = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        long bytes = os == null ? 0 : os.getTotalMemorySize();
        return bytes > 0 ? Math.min(bytes, HeapLayout.MAX_CAPACITY) : UNKNOWN_MEMORY_BYTES;
    }
}
