package io.memmap.bench.report;

import io.memmap.bench.result.Curve;
import io.memmap.bench.text.Html;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;

/** Draws curves as SVG in HTML, with a legend. The style of the page sets the colours. */
public final class Chart {
    /** The scale of an axis. */
    public enum Scale {
        LINEAR,
        /** Linear, with ticks at multiples of a power of two. */
        BYTES,
        /** Logarithmic. Values below 1 are drawn at 1. */
        LOG,
        /** Percentiles, one decade of the rest each: 0, 90, 99, 99.9 and so on. */
        TAIL
    }

    private static final int WIDTH = 760;
    private static final int HEIGHT = 304;
    private static final int LEFT = 66;
    private static final int RIGHT = 14;
    private static final int TOP = 12;
    private static final int BOTTOM = 32;
    private static final int COLOURS = 8;
    /** The styles of lines, by which curves of one colour differ. */
    private static final List<String> LINES = List.of("solid", "dashed", "dotted");

    private static final List<String> MARKS = List.of("dot", "cross", "square");
    /** The path of each mark around its point. */
    private static final List<String> MARK_PATHS = List.of("h0", "m-3 -3l6 6m0 -6l-6 6", "m-3 -3h6v6h-6z");

    private static final int TICKS = 5;
    /** The last decade of {@link Scale#TAIL} ends at the maximum. */
    private static final double TAIL_END = 5.5;

    private record Line(String title, int colour, Curve curve) {}

    private final Scale xScale;
    private final Scale yScale;
    private final DoubleFunction<String> xText;
    private final DoubleFunction<String> yText;
    private final boolean dots;
    private final List<Line> lines = new ArrayList<>();

    public Chart(Scale xScale, DoubleFunction<String> xText, Scale yScale, DoubleFunction<String> yText, boolean dots) {
        this.xScale = xScale;
        this.xText = xText;
        this.yScale = yScale;
        this.yText = yText;
        this.dots = dots;
    }

    /**
     * Adds a curve. Curves with the same colour differ by their marks or lines.
     *
     * @param colour the number of the colour
     */
    public void add(String title, int colour, Curve curve) {
        lines.add(new Line(title, colour, curve));
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    private static double spread(Scale scale, double value) {
        return switch (scale) {
            case LINEAR, BYTES -> value;
            case LOG -> Math.log10(Math.max(1, value));
            case TAIL -> value >= 100 ? TAIL_END : -Math.log10(1 - value / 100);
        };
    }

    /** Returns the figure element. */
    public String render(String caption) {
        double xMax = 0;
        double yMin = Double.MAX_VALUE;
        double yMax = 0;
        for (Line line : lines) {
            for (int i = 0; i < line.curve().x().size(); i++) {
                xMax = Math.max(xMax, spread(xScale, line.curve().x().get(i)));
                yMax = Math.max(yMax, spread(yScale, line.curve().y().get(i)));
                yMin = Math.min(yMin, spread(yScale, line.curve().y().get(i)));
            }
        }
        double yFrom = yScale == Scale.LOG ? Math.floor(yMin) : 0;
        double yTo = yScale == Scale.LOG ? Math.max(yFrom + 1, Math.ceil(yMax)) : yMax * 1.05;
        StringBuilder svg = new StringBuilder();
        svg.append("<figure><figcaption>").append(Html.escape(caption)).append("</figcaption>");
        svg.append("<div class=\"scroll\">").append(legend());
        svg.append(String.format(
                Locale.ROOT,
                "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s\">",
                WIDTH,
                HEIGHT,
                Html.escape(caption)));
        for (double tick : ticks(yScale, yFrom, yTo)) {
            double y = y(tick, yFrom, yTo);
            svg.append(line("grid", LEFT, y, WIDTH - RIGHT, y));
            svg.append(text(LEFT - 6, y + 4, "end", yText.apply(value(yScale, tick))));
        }
        for (double tick : ticks(xScale, 0, xMax)) {
            double x = x(tick, xMax);
            svg.append(line("grid", x, TOP, x, HEIGHT - BOTTOM));
            svg.append(
                    text(x, HEIGHT - BOTTOM + 20, tick >= xMax ? "end" : "middle", xText.apply(value(xScale, tick))));
        }
        for (Line line : lines) {
            svg.append(curve(line, xMax, yFrom, yTo));
        }
        return svg.append("</svg></div></figure>\n").toString();
    }

    private String legend() {
        StringBuilder legend = new StringBuilder("<div class=\"legend\">");
        for (Line line : lines) {
            legend.append("<span class=\"")
                    .append((dots ? MARKS : LINES).get(shape(line)))
                    .append("\" style=\"--c:var(--s")
                    .append(line.colour() % COLOURS)
                    .append(")\">")
                    .append(Html.escape(line.title()))
                    .append("</span>");
        }
        return legend.append("</div>").toString();
    }

    private String curve(Line line, double xMax, double yFrom, double yTo) {
        Curve curve = line.curve();
        StringBuilder path = new StringBuilder();
        for (int i = 0; i < curve.x().size(); i++) {
            double x = x(spread(xScale, curve.x().get(i)), xMax);
            double y = y(spread(yScale, curve.y().get(i)), yFrom, yTo);
            if (dots) {
                path.append(String.format(Locale.ROOT, "M%.1f %.1f%s", x, y, MARK_PATHS.get(shape(line))));
            } else {
                path.append(String.format(Locale.ROOT, "%s%.1f %.1f", i == 0 ? "M" : "L", x, y));
            }
        }
        return "<path class=\"" + (dots ? MARKS : LINES).get(shape(line)) + "\" style=\"stroke:var(--s"
                + line.colour() % COLOURS + ")\" d=\"" + path + "\"/>";
    }

    private static int shape(Line line) {
        return line.colour() / COLOURS % LINES.size();
    }

    private static double x(double spread, double xMax) {
        return LEFT + (WIDTH - LEFT - RIGHT) * (xMax == 0 ? 0 : spread / xMax);
    }

    private static double y(double spread, double from, double to) {
        double share = to == from ? 0 : Math.clamp((spread - from) / (to - from), 0, 1);
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share;
    }

    private static double value(Scale scale, double spread) {
        return switch (scale) {
            case LINEAR, BYTES -> spread;
            case LOG -> Math.pow(10, spread);
            case TAIL -> spread >= TAIL_END ? 100 : 100 * (1 - Math.pow(10, -spread));
        };
    }

    private static List<Double> ticks(Scale scale, double from, double to) {
        List<Double> ticks = new ArrayList<>();
        if (scale == Scale.LINEAR || scale == Scale.BYTES) {
            double least = (to - from) / TICKS;
            double step = scale == Scale.LINEAR ? step(least) : Math.pow(2, Math.ceil(Math.log(least) / Math.log(2)));
            for (double tick = from; step > 0 && tick <= to * 1.0001; tick += step) {
                ticks.add(tick);
            }
        } else {
            for (double tick = Math.ceil(from); tick <= Math.floor(to + 1e-9); tick++) {
                ticks.add(tick);
            }
            if (scale == Scale.TAIL && to >= TAIL_END) {
                ticks.add(TAIL_END);
            }
        }
        return ticks;
    }

    /** Returns the next 1, 2 or 5 times a power of ten. */
    private static double step(double least) {
        if (least <= 0) {
            return 0;
        }
        double power = Math.pow(10, Math.floor(Math.log10(least)));
        double share = least / power;
        return power * (share <= 1 ? 1 : share <= 2 ? 2 : share <= 5 ? 5 : 10);
    }

    private static String line(String kind, double x1, double y1, double x2, double y2) {
        return String.format(
                Locale.ROOT,
                "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>",
                kind,
                x1,
                y1,
                x2,
                y2);
    }

    private static String text(double x, double y, String anchor, String text) {
        return String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>",
                x,
                y,
                anchor,
                Html.escape(text));
    }
}
