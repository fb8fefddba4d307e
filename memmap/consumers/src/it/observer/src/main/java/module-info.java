/** A module that requires the page, and nothing else. */
module com.example {
    requires io.memmap.observer;
}
