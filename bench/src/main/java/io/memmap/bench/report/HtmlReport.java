package io.memmap.bench.report;

import io.memmap.bench.child.CountContender;
import io.memmap.bench.child.Figures;
import io.memmap.bench.jmh.LongOperation;
import io.memmap.bench.maps.Contender;
import io.memmap.bench.result.FigureNames;
import io.memmap.bench.result.ResultFile;
import io.memmap.bench.result.Samples;
import io.memmap.bench.result.Subject;
import io.memmap.bench.text.Bytes;
import io.memmap.bench.text.Html;
import io.memmap.bench.text.Text;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Renders a result as one page of HTML that needs no other file. */
public final class HtmlReport {
    /** The sections of the page, in their order. */
    private enum Section {
        STANDING("standing", "Standing", "Where memmap leads, and where it does not"),
        WINDOWS("windows", "Main job", "Main job: counts of all 8-byte windows of a file"),
        OPERATIONS("operations", "Operations", "Operations"),
        SHAPES(ShapeTable.PART, "Shapes", "Loops of several shapes"),
        LATENCY("latency", "Latency", "Latency"),
        COLLECTORS("gc", "Collectors", "Garbage collectors under pressure"),
        MEMORY("memory", "Memory", "Memory"),
        KAFKA("kafka", "Kafka Streams", "Stores of Kafka Streams"),
        RESTART("restart", "Restarts", "Restarts"),
        NOISE("noise", "Noise", "The machine's noise");

        /**
         * The anchor of the section. Except for the standing, it is also the part of the subjects
         * that the section shows.
         */
        private final String id;

        private final String link;
        private final String heading;

        Section(String id, String link, String heading) {
            this.id = id;
            this.link = link;
            this.heading = heading;
        }
    }

    private static final char NO_BREAK = '\u00a0';
    /** Matches the titles of the maps of this project, but not of its twin on sun.misc.Unsafe. */
    private static final Pattern OURS = Pattern.compile("memmap|\\bMemMap|SyncMap|LongLongMap");

    private final ResultFile result;
    /** The number of the colour of each contender, the same in all plots. */
    private final Map<String, Integer> colours = new HashMap<>();

    private final StringBuilder html = new StringBuilder();

    public HtmlReport(ResultFile result) {
        this.result = result;
        result.curves().stream()
                .map(curve -> curve.subject().contender())
                .distinct()
                .sorted(Comparator.comparingInt(HtmlReport::place))
                .forEach(contender -> colours.put(contender, colours.size()));
    }

    public String render() {
        html.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                + "<title>memmap: measured " + Html.escape(result.date()) + "</title><style>\n" + style()
                + "</style></head><body><main>\n");
        head();
        standing();
        windows();
        operations();
        shapes();
        latency();
        collections();
        memory();
        kafka();
        restarts();
        noise();
        missing().forEach(this::list);
        return html.append("</main></body></html>\n").toString();
    }

    private static String style() {
        try (InputStream css = HtmlReport.class.getResourceAsStream("report.css")) {
            return new String(Objects.requireNonNull(css).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void head() {
        html.append("<h1>memmap and other maps, measured</h1>\n"
                + "<p>memmap is a library of hash maps for Java whose entries lie outside the Java heap. This page has"
                + " the figures of one run of <code>bench/run report</code>, with memmap and other maps on the same"
                + " machine. Each table names the commands that measure it again.</p>\n<nav>");
        for (Section section : Section.values()) {
            if (hasData(section)) {
                link(section.id, section.link);
            }
        }
        missing().keySet().forEach(title -> link(anchor(title), title));
        html.append("</nav>\n<dl>");
        term("when", result.date());
        term("commit", result.commit());
        term("machine", result.machine().describe());
        term("load at the start", Text.digits(result.load()));
        term("every JVM", result.jvm());
        term("command", result.command());
        result.figure(ResultFile.CLOCK).ifPresent(clock -> term("noise", noise(clock.samples())));
        html.append("</dl>\n"
                + "<p class=\"soft\">Figures are medians of the runs, with the least and the greatest where there"
                + " are several. Contenders run in turn, each in new JVMs. Less is better, unless a text says"
                + " otherwise.</p>\n"
                + "<details><summary>names on this page</summary><dl>");
        term("bold rows", "maps of memmap");
        term(
                "PAGE, LINE, GO",
                "layouts of memmap's tables: a flat array in pages of 4096 bytes; buckets of whole cache lines; the"
                        + " buckets of Go's map");
        term("4K pages, huge pages", "the pages of the system that hold the entries");
        term("shared arena", "memory that all threads may use");
        term("Unsafe twin", "memmap's code on sun.misc.Unsafe instead of the Foreign Function and Memory API");
        term(
                "hit, miss, overwrite",
                "a get of a key in the map; a get of a key that is not in it; a put of a key in the map");
        term(
                "uniform, zipf, sequential",
                "all keys are equally frequent; few keys are very frequent; the keys come in rising order");
        term("polluted", "the JVM has used maps of all kinds before");
        term("p50, p99.9", "half of the operations, or 99.9% of them, took at most this time");
        html.append("</dl></details>\n");
    }

    private void link(String anchor, String text) {
        html.append("<a href=\"#" + anchor + "\">" + text + "</a>");
    }

    private boolean hasData(Section section) {
        return section == Section.STANDING
                ? !Standing.all(result).isEmpty()
                : !result.figures(subject -> subject.part().equals(section.id)).isEmpty();
    }

    /** Begins a section and returns true, unless the section has no data. */
    private boolean begin(Section section) {
        boolean begun = hasData(section);
        if (begun) {
            html.append("<h2 id=\"" + section.id + "\">" + section.heading + "</h2>\n");
        }
        return begun;
    }

    private String noise(Samples clock) {
        String drift = "the CPU's clock varied by " + Text.digits(100 * (clock.max() / clock.min() - 1)) + "%"
                + " between runs";
        return drift
                + result.figure(ResultFile.GAP)
                        .map(gap -> "; before a run, a loop that only reads the time stood still for "
                                + gap.samples().format("ns") + " at the longest")
                        .orElse("");
    }

    private void term(String name, String text) {
        html.append("<dt>")
                .append(Html.escape(name))
                .append("</dt><dd>")
                .append(Html.escape(text))
                .append("</dd>");
    }

    private void standing() {
        if (!begin(Section.STANDING)) {
            return;
        }
        List<Standing> standings = Standing.all(result);
        html.append("<ul>");
        for (Standing.Peer peer : Standing.Peer.values()) {
            List<Double> ratios = standings.stream()
                    .map(standing -> standing.ratio(peer))
                    .flatMap(Optional::stream)
                    .toList();
            long leads =
                    ratios.stream().filter(ratio -> ratio < 1 - Standing.EVEN).count();
            long trails =
                    ratios.stream().filter(ratio -> ratio > 1 + Standing.EVEN).count();
            html.append("<li>Against the best ")
                    .append(Html.escape(peer.title()))
                    .append(" map it leads in <b>");
            html.append(leads)
                    .append("</b>, trails in <b>")
                    .append(trails)
                    .append("</b> of ")
                    .append(ratios.size());
            html.append(" comparisons.<span class=\"bar\" aria-hidden=\"true\">");
            bar("lead", leads);
            bar("even", ratios.size() - leads - trails);
            bar("trail", trails);
            html.append("</span></li>");
        }
        html.append("</ul>\n"
            + "<p class=\"soft\">Each line shows memmap's best map, and its figure divided by the best figure of each"
            + " class; below 1 memmap leads. A difference below 3% counts as equal.</p>\n");
        List<Html.Row> rows = new ArrayList<>();
        String last = "";
        for (Standing standing : standings) {
            String group = group(standing.subject());
            if (!group.equals(last)) {
                rows.add(new Html.Row(group, false, List.of()));
                last = group;
            }
            List<Html.Cell> cells = new ArrayList<>();
            Subject subject = standing.subject();
            cells.add(new Html.Cell(Text.figure(standing.ours(), subject.unit()), subject.contender(), ""));
            for (Standing.Peer peer : Standing.Peer.values()) {
                cells.add(standing.ratio(peer)
                        .map(ratio -> new Html.Cell(
                                Text.ratio(ratio),
                                Objects.requireNonNull(standing.peers().get(peer))
                                        .subject()
                                        .contender(),
                                kind(ratio)))
                        .orElse(Html.Cell.NONE));
            }
            rows.add(new Html.Row(standing.comparison(), false, cells));
        }
        List<String> header = new ArrayList<>(List.of("comparison", "memmap"));
        for (Standing.Peer peer : Standing.Peer.values()) {
            header.add(peer.title());
        }
        html.append(Html.table(header, rows));
    }

    private void bar(String kind, long share) {
        html.append("<i class=\"" + kind + "\" style=\"flex-grow:" + share + "\"></i>");
    }

    /** Returns what a comparison shares with those beside it. */
    private static String group(Subject subject) {
        String part = Arrays.stream(Section.values())
                .filter(section -> section.id.equals(subject.part()))
                .map(section -> section.link)
                .findFirst()
                .orElse(subject.part());
        return part + ", " + Text.count(subject.size()) + " entries"
                + (subject.variant().isEmpty() ? "" : ", " + subject.variant());
    }

    private static String kind(double ratio) {
        return ratio < 1 - Standing.EVEN ? "lead" : ratio > 1 + Standing.EVEN ? "trail" : "";
    }

    private void windows() {
        if (!begin(Section.WINDOWS)) {
            return;
        }
        List<ResultFile.Figure> figures =
                result.figures(subject -> subject.part().equals("windows"));
        Map<String, Figures> all = new LinkedHashMap<>();
        for (CountContender contender : CountContender.values()) {
            all.put(contender.title(), new Figures());
        }
        for (ResultFile.Figure figure : figures) {
            Optional.ofNullable(all.get(figure.subject().contender()))
                    .ifPresent(each -> each.put(
                            figure.subject().figure(),
                            Math.round(figure.samples().median())));
        }
        List<Html.Row> rows = CountTable.rows(
                        Objects.requireNonNull(all.get(CountContender.NO_OP.title())),
                        Objects.requireNonNull(all.get(CountContender.HASH_MAP.title())),
                        Objects.requireNonNull(all.get(CountContender.MEMMAP.title())))
                .stream()
                .map(row -> new Html.Row(
                        row.getFirst(),
                        false,
                        row.stream()
                                .skip(1)
                                .map(text -> new Html.Cell(text, "", ""))
                                .toList()))
                .toList();
        html.append(
                "<p class=\"soft\"><code>bench/run</code> without arguments does this. The ratio is HashMap's figure"
                    + " divided by LongLongMap's. The latency of an update runs from the end of the update before it"
                    + " to its own end.</p>\n");
        html.append(Html.table(CountTable.header(), rows));
        commands(figures);
    }

    private void operations() {
        if (!begin(Section.OPERATIONS)) {
            return;
        }
        html.append(
                "<p class=\"soft\">The time of one operation. JMH measures Java's maps; programs of their own measure"
                    + " those of Go and C++. The factor x is the time divided by that of the best primitive map in the"
                    + " Java heap in the same column; getAll and putAll are compared with its operations on single"
                    + " keys. The young generation has a fixed size, so that garbage soon lies in memory that the"
                    + " system has already backed.</p>\n");
        Predicate<Subject> timed = subject ->
                subject.part().equals("operations") && subject.figure().equals("time");
        for (String operation : distinct(timed, Subject::operation)) {
            for (String variant :
                    distinct(timed.and(subject -> subject.operation().equals(operation)), Subject::variant)) {
                Predicate<Subject> which =
                        timed.and(subject -> subject.operation().equals(operation)
                                && subject.variant().equals(variant));
                html.append("<h3>").append(Html.escape(operation + (variant.isEmpty() ? "" : ", " + variant)));
                html.append("</h3>\n");
                table(which, subject -> Text.count(subject.size()), true);
            }
        }
        Predicate<Subject> allocated = subject ->
                subject.part().equals("operations") && subject.figure().equals("allocated");
        if (!result.figures(allocated).isEmpty()) {
            html.append("<h3>Allocated in the Java heap, an operation</h3>\n");
            table(allocated, Subject::operation, false);
        }
    }

    private void shapes() {
        if (!begin(Section.SHAPES)) {
            return;
        }
        html.append("<p class=\"soft\">A compiler may treat the same map differently in each loop of a caller. These"
                + " loops differ in how they get their keys and how they reach the map; each contender and shape has"
                + " a JVM of its own. The time is the CPU time of one iteration, the lower quartile of the samples. An"
                + " iteration of two dependent operations is a lookup and then, in seven of eight cases, the operation"
                + " on another key. The static loop runs on a map that has grown from empty, in a JVM that has run the"
                + " same loop on other maps before."
                + " The factors x are to the best primitive map in the Java heap and to Eclipse Collections.</p>\n");
        for (ShapeTable table : ShapeTable.all(result)) {
            List<Html.Row> rows = table.contenders().stream()
                    .map(contender -> new Html.Row(
                            contender.title(),
                            contender.isMemmap(),
                            table.shapes().stream()
                                    .map(shape -> table.samples(contender, shape)
                                            .map(times -> cell(times, "ns", table.ratios(times, shape)))
                                            .orElse(Html.Cell.NONE))
                                    .toList()))
                    .toList();
            html.append("<h3>").append(Html.escape(table.title())).append("</h3>\n");
            html.append(Html.table(table.header(), rows));
        }
        commands(result.figures(subject -> subject.part().equals(Section.SHAPES.id)));
    }

    private void latency() {
        if (!begin(Section.LATENCY)) {
            return;
        }
        Predicate<Subject> part = subject -> subject.part().equals("latency");
        html.append("<p class=\"soft\">Without a rate, an operation begins when the one before it ends. At a rate, it"
                + " begins at its intended time, so that a stall counts for every operation that it delays. Beside"
                + " gets at a rate, a writer removes and inserts keys at the same rate. The no-op loop runs"
                + " without the put or the get. The loop over an array reads four words that are as far apart as"
                + " entries instead: its delays come from the machine.</p>\n");
        for (String operation : distinct(part, Subject::operation)) {
            Predicate<Subject> which = part.and(subject -> subject.operation().equals(operation));
            html.append("<h3>").append(Html.escape(operation)).append("</h3>\n");
            table(which, Subject::figure, false);
            Chart percentiles = new Chart(
                    Chart.Scale.TAIL,
                    value -> value >= 100 ? "max" : Text.percent(value),
                    Chart.Scale.LOG,
                    Text::nanos,
                    false);
            curves(percentiles, which.and(subject -> subject.figure().equals(FigureNames.PERCENTILES)));
            show(percentiles, operation + ": percentiles");
            Chart worst = new Chart(
                    Chart.Scale.LINEAR, value -> Text.digits(value) + " s", Chart.Scale.LOG, Text::nanos, false);
            curves(worst, which.and(subject -> subject.figure().equals(FigureNames.WORST)));
            show(worst, operation + ": the worst of each moment, over the time of the run");
        }
    }

    private void collections() {
        if (!begin(Section.COLLECTORS)) {
            return;
        }
        Predicate<Subject> part = subject -> subject.part().equals("gc");
        html.append(
                "<p class=\"soft\">The entries are live in each map while another load allocates at a steady rate, in"
                    + " Java heaps of the same size. Utilisation is the share of time without a pause and without a"
                    + " stall of the load; more is better. Delay is how late the load ran after its intended time. GC"
                    + " CPU is the CPU time of the threads of the collector and of the VM thread.</p>\n");
        for (String collector : distinct(part, Subject::variant)) {
            Predicate<Subject> which = part.and(subject -> subject.variant().equals(collector));
            html.append("<h3>").append(Html.escape(collector)).append("</h3>\n");
            table(which, Subject::figure, false);
            Chart pauses = new Chart(
                    Chart.Scale.LINEAR, value -> Text.digits(value) + " s", Chart.Scale.LOG, Text::nanos, true);
            curves(pauses, which.and(subject -> subject.figure().equals(FigureNames.PAUSES)));
            show(pauses, collector + ": every pause, over the time of the run");
        }
    }

    private void memory() {
        if (!begin(Section.MEMORY)) {
            return;
        }
        Predicate<Subject> part = subject -> subject.part().equals("memory");
        html.append("<p class=\"soft\">The resident memory of the process, minus its resident memory before the map, as"
                + " the system counts it. A full GC comes before every moment except the peak. A Java heap that"
                + " holds the entries shrinks with them. The Java heap beside other maps has a fixed size and is"
                + " touched before.</p>\n");
        for (String figure : distinct(part, Subject::figure)) {
            html.append("<h3>").append(Html.escape(figure)).append("</h3>\n");
            table(part.and(subject -> subject.figure().equals(figure)), Subject::operation, false);
        }
        Chart growth = new Chart(
                Chart.Scale.LINEAR,
                value -> Text.count(Math.round(value)),
                Chart.Scale.BYTES,
                value -> Bytes.format(Math.round(value)),
                false);
        curves(growth, part);
        show(growth, "Resident while growing, over entries");
    }

    private void kafka() {
        if (!begin(Section.KAFKA)) {
            return;
        }
        Predicate<Subject> part = subject -> subject.part().equals(Section.KAFKA.id);
        html.append("<p class=\"soft\">The stores that the DSL of Kafka Streams makes, without the layers around them:"
                + " keys of 16 bytes, values of 100. Times are those of one operation, or of one record of a restore."
                + " The Java heap is what a collection leaves. Native memory is resident outside the Java heap,"
                + " without and with the order that the first range makes; RocksDB has the entries in files.</p>\n");
        for (long size : new TreeSet<>(result.figures(part).stream()
                .map(figure -> figure.subject().size())
                .toList())) {
            Predicate<Subject> which = part.and(subject -> subject.size() == size);
            html.append("<h3>" + Text.count(size) + " entries, ")
                    .append(Html.escape(String.join(", ", distinct(which, Subject::variant))))
                    .append("</h3>\n");
            table(which, Subject::operation, Subject::contender, false);
        }
    }

    private void restarts() {
        if (!begin(Section.RESTART)) {
            return;
        }
        Predicate<Subject> part = subject -> subject.part().equals(Section.RESTART.id);
        html.append("<p class=\"soft\">How soon a map in a file is there again in a new JVM. The first get runs from"
                + " before the opening until behind the first get, without the start of the JVM: from the page cache,"
                + " from the disk, in a JVM that has opened and closed the file before (warm), and after the last"
                + " process was killed. A refill fills a new map. A dash: the map does not open the file of a process"
                + " that was killed, or the kernel does not drop the pages of a file here.</p>\n");
        for (String variant : distinct(part, Subject::variant)) {
            Predicate<Subject> ofVariant = part.and(subject -> subject.variant().equals(variant));
            for (long size : new TreeSet<>(result.figures(ofVariant).stream()
                    .map(figure -> figure.subject().size())
                    .toList())) {
                boolean isOfOperations = variant.equals(FigureNames.OPERATIONS);
                html.append("<h3>")
                        .append(isOfOperations ? "One operation, " : "")
                        .append(Text.count(size))
                        .append(isOfOperations ? " longs" : " " + Html.escape(variant))
                        .append("</h3>\n");
                table(ofVariant.and(subject -> subject.size() == size), Subject::operation, false);
            }
        }
    }

    private void noise() {
        if (!begin(Section.NOISE)) {
            return;
        }
        html.append(
                "<p class=\"soft\">Measured before each run. The clock: nanoseconds for a step of a chain of dependent"
                    + " shifts and multiplications, which only the clock of the CPU decides. The gap: the longest time"
                    + " within 30 ms that a loop stood still which only reads the time. When these change, the figures"
                    + " change too.</p>\n");
        Chart clock = new Chart(
                Chart.Scale.LINEAR,
                HtmlReport::minutes,
                Chart.Scale.LINEAR,
                value -> Text.digits(value) + " ns",
                false);
        curves(clock, ResultFile.CLOCK::equals);
        show(clock, "The clock: a shift and a multiplication, over the time of the report");
        Chart gap = new Chart(Chart.Scale.LINEAR, HtmlReport::minutes, Chart.Scale.LOG, Text::nanos, true);
        curves(gap, ResultFile.GAP::equals);
        show(gap, "The longest gap, over the time of the report");
    }

    private static String minutes(double seconds) {
        return seconds < 600 ? Text.count(Math.round(seconds)) + " s" : Text.count(Math.round(seconds / 60)) + " min";
    }

    /** Returns lines about what the result does not have, by the title of their section. */
    private Map<String, List<String>> missing() {
        Map<String, List<String>> lists = new LinkedHashMap<>();
        lists.put("Left out", result.leftOut());
        lists.put("Failed", result.failures());
        lists.values().removeIf(List::isEmpty);
        return lists;
    }

    private static String anchor(String title) {
        return title.toLowerCase(Locale.ROOT).replace(' ', '-');
    }

    private void list(String title, List<String> lines) {
        html.append("<h2 id=\"" + anchor(title) + "\">" + title + "</h2>\n<ul>");
        lines.forEach(line -> html.append("<li>").append(Html.escape(line)).append("</li>"));
        html.append("</ul>\n");
    }

    private List<String> distinct(Predicate<Subject> which, Function<Subject, String> of) {
        Set<String> distinct = new LinkedHashSet<>();
        result.figures(which).forEach(figure -> distinct.add(of.apply(figure.subject())));
        return List.copyOf(distinct);
    }

    private void curves(Chart chart, Predicate<Subject> which) {
        result.curves().stream()
                .filter(curve -> which.test(curve.subject()))
                .sorted(Comparator.comparingInt(curve -> place(curve.subject().contender())))
                .forEach(curve -> chart.add(
                        curve.subject().contender(),
                        Objects.requireNonNull(colours.get(curve.subject().contender())),
                        curve));
    }

    private void show(Chart chart, String caption) {
        if (!chart.isEmpty()) {
            html.append(chart.render(caption));
        }
    }

    /**
     * Adds a table with a row for each contender and a column for each value of {@code column}, in
     * the order of measurement.
     */
    private void table(Predicate<Subject> which, Function<Subject, String> column, boolean ratios) {
        table(which, Subject::contender, column, ratios);
    }

    /** Adds a table with a row for each value of {@code rowOf} and a column for each of {@code column}. */
    private void table(
            Predicate<Subject> which,
            Function<Subject, String> rowOf,
            Function<Subject, String> column,
            boolean ratios) {
        List<ResultFile.Figure> figures = result.figures(which);
        List<String> columns = ratios
                ? new TreeSet<>(figures.stream().map(f -> f.subject().size()).toList())
                        .stream().map(Text::count).toList()
                : distinct(which, column);
        Map<String, Map<String, ResultFile.Figure>> rows = new LinkedHashMap<>();
        figures.stream()
                .sorted(Comparator.comparingInt(figure -> place(figure.subject().contender())))
                .forEach(figure -> rows.computeIfAbsent(rowOf.apply(figure.subject()), absent -> new LinkedHashMap<>())
                        .put(column.apply(figure.subject()), figure));
        List<Html.Row> cells = new ArrayList<>();
        rows.forEach((rowTitle, row) -> cells.add(new Html.Row(
                rowTitle,
                OURS.matcher(rowTitle).find(),
                columns.stream()
                        .map(title -> Optional.ofNullable(row.get(title))
                                .map(figure ->
                                        cell(figure.samples(), figure.subject().unit(), ratios ? ratio(figure) : ""))
                                .orElse(Html.Cell.NONE))
                        .toList())));
        List<String> header = new ArrayList<>(List.of(ratios ? "entries" : ""));
        header.addAll(columns);
        html.append(Html.table(header, cells));
        commands(figures);
    }

    /**
     * Returns the best median of a primitive map in the Java heap for the same subject. Operations
     * on many keys are compared with operations on one key.
     */
    private double best(Subject subject) {
        Subject compared = LongOperation.singleOf(subject.operation())
                .map(single -> subject.when(single.title()))
                .orElse(subject);
        return result
                .figures(other ->
                        other.longContender().filter(Contender::isPrimitivePeer).isPresent()
                                && other.equals(compared.of(other.contender())))
                .stream()
                .mapToDouble(figure -> figure.samples().median())
                .min()
                .orElse(0);
    }

    private String ratio(ResultFile.Figure figure) {
        double best = best(figure.subject());
        return best == 0 ? "" : Text.ratio(figure.samples().median() / best);
    }

    private static Html.Cell cell(Samples samples, String unit, String ratio) {
        String least = Text.figure(samples.min(), unit);
        String most = Text.figure(samples.max(), unit);
        String range = least.equals(most) ? "" : (withoutUnitOf(least, most) + " – " + most).replace(' ', NO_BREAK);
        String below = ratio + (ratio.isEmpty() || range.isEmpty() ? "" : ", ") + range;
        return new Html.Cell(Text.figure(samples.median(), unit), below, "");
    }

    /** Returns the lower end of a range. Leaves its unit out if the upper end has the same. */
    private static String withoutUnitOf(String least, String most) {
        int unit = most.lastIndexOf(' ');
        return unit > 0 && least.endsWith(most.substring(unit)) ? least.substring(0, least.lastIndexOf(' ')) : least;
    }

    /**
     * Returns the place of a contender in the order of rows: first the loops without a map, then
     * the maps of memmap, the other contenders, and all others. Equals keep the order of
     * measurement.
     */
    private static int place(String title) {
        if (title.equals(FigureNames.NO_OP_LOOP) || title.equals(FigureNames.ARRAY_LOOP)) {
            return title.equals(FigureNames.NO_OP_LOOP) ? -2 : -1;
        }
        List<String> titles =
                Arrays.stream(Contender.values()).map(Contender::title).toList();
        if (titles.contains(title)) {
            return titles.indexOf(title);
        }
        return OURS.matcher(title).find() ? 0 : titles.size();
    }

    private void commands(List<ResultFile.Figure> figures) {
        Set<String> commands = new LinkedHashSet<>();
        figures.forEach(figure -> commands.add(figure.command()));
        html.append("<details><summary>commands</summary>");
        commands.forEach(
                command -> html.append("<code>").append(Html.escape(command)).append("</code><br>"));
        html.append("</details>\n");
    }
}
