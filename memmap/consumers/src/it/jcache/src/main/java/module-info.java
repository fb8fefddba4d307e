/** A module that requires the caches, and nothing else. */
module com.example {
    requires io.memmap.jcache;
}
