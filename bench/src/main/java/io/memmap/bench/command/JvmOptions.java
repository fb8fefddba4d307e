package io.memmap.bench.command;

import io.memmap.bench.child.Gc;
import io.memmap.bench.console.BenchException;
import io.memmap.bench.job.JvmSettings;
import io.memmap.bench.result.MachineDescription;
import io.memmap.bench.text.Bytes;
import picocli.CommandLine.Option;

/** The options for the JVMs in which contenders run. All contenders get the same. */
final class JvmOptions {
    @Option(
            names = "--gc",
            paramLabel = "GC",
            defaultValue = "G1",
            description = "The garbage collector of all JVMs: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private Gc gc;

    @Option(
            names = "--heap",
            paramLabel = "SIZE",
            converter = SizeConverter.class,
            defaultValue = "6g",
            description = "The Java heap of all JVMs (-Xms and -Xmx). Default: ${DEFAULT-VALUE}.")
    private long heap;

    @Option(
            names = "--thp",
            description = "Run all JVMs with -XX:+UseTransparentHugePages, so that Java heaps also get huge pages.")
    private boolean hugePages;

    /** Throws a BenchException if the machine has too little memory. */
    void check() {
        long memory = MachineDescription.here().memoryBytes();
        if (heap > memory) {
            throw new BenchException("too little memory: --heap is " + Bytes.format(heap) + ", this machine has "
                    + Bytes.format(memory));
        }
    }

    /** Returns these options for a job. */
    JvmSettings settings() {
        return new JvmSettings(gc, heap, hugePages);
    }
}
