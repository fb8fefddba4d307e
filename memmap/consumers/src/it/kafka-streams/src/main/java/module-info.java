/** A module that requires the stores, and nothing else. */
module com.example {
    requires io.memmap.kafka;
}
