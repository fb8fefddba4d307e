package io.memmap.examples;

import io.memmap.LongStructMap;
import io.memmap.LongStructRef;
import io.memmap.NativeHeap;
import io.memmap.StructField;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.Random;

/**
 * Open orders by their id, in structs that are read and changed in place. Each message looks up an
 * order, reads three of its fields and changes one. No message makes a Java object, which the program
 * proves with the JVM's own count of allocated bytes.
 */
public final class OrdersById implements AutoCloseable {
    private static final int DEFAULT_MESSAGES = 200_000;
    private static final int ORDERS = 10_000;

    static final StructLayout ORDER = MemoryLayout.structLayout(
            ValueLayout.JAVA_LONG.withName("price"),
            ValueLayout.JAVA_LONG.withName("quantity"),
            ValueLayout.JAVA_INT.withName("venue"),
            ValueLayout.JAVA_BOOLEAN.withName("buy"),
            MemoryLayout.paddingLayout(3));
    // Made once: offset and type are checked here.
    static final StructField.OfLong PRICE = StructField.ofLong(ORDER, "price");
    static final StructField.OfLong QUANTITY = StructField.ofLong(ORDER, "quantity");
    static final StructField.OfInt VENUE = StructField.ofInt(ORDER, "venue");
    static final StructField.OfBoolean BUY = StructField.ofBoolean(ORDER, "buy");

    private final NativeHeap heap = NativeHeap.ofConfined();
    private final LongStructMap orders =
            LongStructMap.builder(heap, ORDER).hint(ORDERS).name("orders").make();
    /** Moves from order to order. */
    private final LongStructRef order = orders.ref();

    void add(long id, long price, long quantity, int venue, boolean buy) {
        order.moveToOrAdd(id);
        order.set(PRICE, price);
        order.set(QUANTITY, quantity);
        order.set(VENUE, venue);
        order.set(BUY, buy);
    }

    /** Takes a quantity from an order and returns what it has cost; removes an order that is filled. */
    long fill(long id, long quantity) {
        if (!order.moveTo(id)) {
            return 0;
        }
        long taken = Math.min(quantity, order.get(QUANTITY));
        long fee = order.get(VENUE) == 1 ? 1 : 2;
        long cost = taken * order.get(PRICE) + fee;
        if (taken == order.get(QUANTITY)) {
            orders.remove(id); // from now on the reference would throw an exception
        } else {
            order.set(QUANTITY, order.get(QUANTITY) - taken);
        }
        return cost;
    }

    private long fillSome(int messages, Random feed) {
        long cost = 0;
        for (int message = 0; message < messages; message++) {
            cost += fill(feed.nextInt(ORDERS), 10);
        }
        return cost;
    }

    @Override
    public void close() {
        heap.close(); // and with it the map
    }

    private static long allocatedBytes() {
        return ((com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean()).getCurrentThreadAllocatedBytes();
    }

    /** Runs the example. An argument is the number of messages. */
    public static void main(String[] arguments) {
        int messages = arguments.length == 0 ? DEFAULT_MESSAGES : Integer.parseInt(arguments[0]);
        Random feed = new Random(1);
        try (OrdersById book = new OrdersById()) {
            for (int id = 0; id < ORDERS; id++) {
                book.add(id, feed.nextLong(99, 102), 1_000, feed.nextInt(3), feed.nextBoolean());
            }
            book.fillSome(1_000, feed); // when the JVM first runs code, it makes some objects
            long before = allocatedBytes();
            long cost = book.fillSome(messages, feed);
            long garbage = allocatedBytes() - before;
            System.out.println(
                    messages + " fills cost " + cost + "; " + garbage / messages + " bytes of garbage for each");
            System.out.println(book.orders.size() + " orders are open");
        }
    }
}
