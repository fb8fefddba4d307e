/** A module that requires what ties the library to sun.misc.Unsafe, and nothing else. */
module com.example {
    requires io.memmap.unsafe;
}
