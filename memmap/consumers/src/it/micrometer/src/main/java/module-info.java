/** A module that uses the meters. */
@SuppressWarnings("requires-automatic") // Micrometer has no other
module com.example {
    requires io.memmap;
    requires micrometer.core;
}
