package io.memmap.stress.leaks;

/** One form of an accident. It is a server that gets requests, one after another. */
interface Scenario {
    /**
     * Serves a request.
     *
     * @param id the request's number, counted up from 0
     * @return the answer, the same in all forms
     */
    long serve(long id);
}
