/** A module that requires the library, and nothing else. */
module com.example {
    requires io.memmap;
}
