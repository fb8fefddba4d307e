package io.memmap.examples;

import io.memmap.RemovalCause;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The sessions of a web server, in a cache that all threads share. A session is a record, which
 * takes 24 bytes in the map, and its key takes 16. The cache has a bound in entries and one in bytes, and a session
 * ends 30 minutes after its last request.
 */
public final class SessionCache {
    private static final int MOST_SESSIONS = 10_000;
    private static final int THREADS = 4;
    private static final int USERS = 500;
    private static final int REQUESTS_A_THREAD = 5_000;
    private static final int LOGINS = 50_000;

    /** What the server knows of a session. */
    record Session(long user, long begunNanos, int requests) {
        Session withOneMoreRequest() {
            return new Session(user, begunNanos, requests + 1);
        }
    }

    private final AtomicLong clock = new AtomicLong(); // so that the example need not wait
    private final LongAdder expired = new LongAdder();
    private final LongAdder crowdedOut = new LongAdder();
    private final SyncMap<UUID, Session> sessions = SyncMap.builder(Type.UUID, Type.record(Session.class))
            .name("sessions")
            .maxEntries(MOST_SESSIONS)
            .maxBytes(16 << 20)
            .expireAfterAccess(Duration.ofMinutes(30))
            .ticker(clock::get) // a server leaves this out: the default is System.nanoTime()
            .onEviction((token, session, cause) -> (cause == RemovalCause.SIZE ? crowdedOut : expired).increment())
            .make();

    private SessionCache() {}

    /** Runs the example. It takes no arguments. */
    public static void main(String[] arguments) {
        SessionCache cache = new SessionCache();
        try (cache.sessions) { // gives all memory back
            cache.run();
        }
    }

    private void run() {
        try (ExecutorService server = Executors.newFixedThreadPool(THREADS)) {
            for (int thread = 0; thread < THREADS; thread++) {
                server.execute(() -> {
                    for (int i = 0; i < REQUESTS_A_THREAD; i++) {
                        serve(tokenOf(i % USERS), i % USERS);
                    }
                });
            }
        } // waits for the threads
        long served = sessions.values().stream().mapToLong(Session::requests).sum();
        System.out.println(sessions.size() + " sessions have counted " + served + " requests of 4 threads");

        clock.addAndGet(Duration.ofMinutes(20).toNanos());
        serve(tokenOf(7), 7);
        clock.addAndGet(Duration.ofMinutes(11).toNanos());
        sessions.purgeExpired(); // writes do this bit by bit
        System.out.println(sessions.size() + " session has had a request in 30 minutes, " + expired + " have expired");

        for (int user = 1_000; user < 1_000 + LOGINS; user++) {
            serve(tokenOf(user), user);
        }
        boolean all = sessions.size() + crowdedOut.sum() == LOGINS + 1;
        System.out.println("after " + LOGINS + " logins the cache has " + MOST_SESSIONS + " sessions or fewer: "
                + (sessions.size() <= MOST_SESSIONS) + "; it has evicted the others: " + all);
    }

    /** Counts a request. The function runs under the lock of a part of the map, so it is short. */
    private void serve(UUID token, long user) {
        sessions.compute(token, (_, old) -> old == null ? new Session(user, clock.get(), 1) : old.withOneMoreRequest());
    }

    private static UUID tokenOf(long user) {
        return new UUID(0x5e55_1047L, user); // a server takes UUID.randomUUID()
    }
}
