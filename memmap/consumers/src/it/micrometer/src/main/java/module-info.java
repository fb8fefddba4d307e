/** A module that requires the meters, and nothing else. */
module com.example {
    requires io.memmap.micrometer;
}
