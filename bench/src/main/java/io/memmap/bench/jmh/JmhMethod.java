package io.memmap.bench.jmh;

/** A method that JMH runs. */
public interface JmhMethod {
    /** Returns the name of the operation that it measures. */
    String title();

    /** Returns the simple names of its class and of the method: {@code Hit.hit}. */
    String benchmark();

    /** Whether one run fills a map, so that it runs only a few times. */
    boolean isFill();

    /** Whether one run is an operation for each entry of the map. */
    default boolean isOfAll() {
        return isFill();
    }

    /** Returns the regular expression that matches only this method. */
    default String pattern() {
        return "\\." + benchmark().replace(".", "\\.") + "$";
    }
}
