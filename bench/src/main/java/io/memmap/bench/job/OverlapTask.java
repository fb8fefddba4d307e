package io.memmap.bench.job;

import io.memmap.bench.jmh.JmhMethod;
import io.memmap.bench.jmh.JvmArguments;
import io.memmap.bench.maps.TextContender;
import java.util.List;

/** One fork of JMH: lookups of strings in a loop that lets the CPU overlap them or not. */
public record OverlapTask(Loop loop, TextContender contender, int size) implements ForkTask {
    /** The loops and their benchmarks. */
    public enum Loop implements JmhMethod {
        FREE("by range", "TextOverlap.free"),
        LONGER("by range, 30 instructions more", "TextOverlap.longer"),
        IN_TURN("by range, each waits for the one before", "TextOverlap.inTurn"),
        BATCH("by String, many at once", "TextOverlap.batch");

        private final String title;
        private final String benchmark;

        Loop(String title, String benchmark) {
            this.title = title;
            this.benchmark = benchmark;
        }

        @Override
        public String title() {
            return title;
        }

        @Override
        public String benchmark() {
            return benchmark;
        }

        @Override
        public boolean isFill() {
            return false;
        }
    }

    @Override
    public Loop operation() {
        return loop;
    }

    @Override
    public double weight() {
        return 1;
    }

    @Override
    public List<String> jvmArguments() {
        return JvmArguments.OF_OBJECTS;
    }

    @Override
    public int warmUpIterations() {
        return 3;
    }

    @Override
    public boolean isYardstick() {
        return contender == TextContender.JDK_HASHMAP;
    }
}
