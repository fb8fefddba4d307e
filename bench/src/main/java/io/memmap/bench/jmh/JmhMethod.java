package io.memmap.bench.jmh;

/** A method that JMH runs. */
public interface JmhMethod {
    /** What it measures. */
    String title();

    /** The simple names of its class and itself: {@code Hit.hit}. */
    String benchmark();

    /** Whether one run of it fills a map, so that it is run a few times only. */
    boolean isFill();

    /** Whether one run of it is an operation for each entry of the map. */
    default boolean isOfAll() {
        return isFill();
    }

    /** The regular expression that names it and no other. */
    default String pattern() {
        return "\\." + benchmark().replace(".", "\\.") + "$";
    }
}
