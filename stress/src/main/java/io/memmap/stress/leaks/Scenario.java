package io.memmap.stress.leaks;

/** One form of an accident: a server that gets requests, one after another. */
interface Scenario {
    /**
     * Serves a request.
     *
     * @param id 0 for the first one, and up
     * @return the answer, the same in all forms
     */
    long serve(long id);
}
