package io.memmap.bench.job;

import io.memmap.bench.child.ChildJvm;
import io.memmap.bench.child.Figures;
import io.memmap.bench.child.Shape;
import io.memmap.bench.child.ShapeOperation;
import io.memmap.bench.child.ShapeTimes;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.report.ShapeTable;
import io.memmap.bench.result.Measured;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One JVM: operations on the map of a contender, in loops of one shape. */
public record ShapeTask(Contender contender, Shape shape, int size, List<ShapeOperation> operations) {
    private static final int IN_CACHE = 20_000;
    private static final int MILLION = 1_000_000;
    private static final double PICOS = 1000;

    /** The sizes of a full run. */
    public static final List<Integer> SIZES = List.of(IN_CACHE, MILLION, 10 * MILLION);

    /** The sizes of a quick run. */
    public static final List<Integer> QUICK_SIZES = List.of(MILLION);

    public static final List<Shape> SHAPES = List.of(Shape.values());
    public static final List<ShapeOperation> OPERATIONS = List.of(ShapeOperation.values());

    /**
     * The contenders that are compared by default: memmap's geometries and their twins on small
     * pages, the primitive maps, and HashMap.
     */
    public static final List<Contender> CONTENDERS = contenders(each -> !each.isOffHeapPeer()
            && !each.isHuge()
            && each != Contender.MEMMAP_LINE_SHARED
            && each != Contender.JDK_CONCURRENT);

    private static List<Contender> contenders(Predicate<Contender> which) {
        return Stream.of(Contender.values()).filter(which).toList();
    }

    /** Returns the tasks of a full report. */
    static List<ShapeTask> full() {
        // A JVM of MapDB takes minutes.
        return tasks(contenders(each -> each != Contender.MAPDB), SHAPES, SIZES, OPERATIONS);
    }

    /** Returns the tasks of a quick report. */
    static List<ShapeTask> quick() {
        List<Contender> few = List.of(Contender.MEMMAP_LINE, Contender.HPPC, Contender.ECLIPSE);
        return tasks(few, SHAPES, QUICK_SIZES, List.of(ShapeOperation.HIT, ShapeOperation.OVERWRITE));
    }

    /** Returns all combinations. The contenders of one shape and size follow each other. */
    public static List<ShapeTask> tasks(
            List<Contender> contenders, List<Shape> shapes, List<Integer> sizes, List<ShapeOperation> operations) {
        List<ShapeTask> tasks = new ArrayList<>();
        for (int size : sizes) {
            for (Shape shape : shapes) {
                for (Contender contender : contenders) {
                    if (!contender.isHuge() || size >= LongTask.HUGE_PAGES_FROM) {
                        tasks.add(new ShapeTask(contender, shape, size, operations));
                    }
                }
            }
        }
        return tasks;
    }

    /** Returns the name of the task in progress lines and results. */
    String title() {
        return ShapeTable.PART + ", " + shape.title() + ", " + Text.count(size) + " entries, " + contender.title();
    }

    /** Returns the command that measures only this task. */
    String command(JvmSettings jvm) {
        return "bench/run shapes --contender " + contender + " --shape " + shape + " --size " + size
                + (operations.equals(OPERATIONS) ? "" : " --operation " + names()) + " --forks 1" + jvm.asOptions();
    }

    private String names() {
        return operations.stream().map(ShapeOperation::name).collect(Collectors.joining(","));
    }

    /** Returns a guess of the seconds of a JVM. */
    double weight() {
        double secondsAnEntry = contender.isOffHeapPeer() ? 2e-6 : contender.isPrimitivePeer() ? 0.2e-6 : 0.4e-6;
        double company = shape == Shape.STATIC ? 2 : 0;
        return 0.5 + company + 0.8 * operations.size() + size * secondsAnEntry;
    }

    /** Runs the JVM and adds its figures to a run. */
    void run(Measured measured, JvmSettings jvm) {
        ChildJvm child = jvm.newJvm();
        ShapeTimes.LOOPS.forEach(child::option);
        Figures figures = child.figures(ShapeTimes.class, contender, size, shape, names());
        for (ShapeOperation operation : operations) {
            Subject subject = ShapeTable.subject(operation, contender, size, shape);
            for (ShapeTimes.TimeMetric metric : ShapeTimes.TimeMetric.values()) {
                measured.add(subject.ofFigure(metric.title()), figures.number(metric.figure(operation)) / PICOS);
            }
        }
    }
}
