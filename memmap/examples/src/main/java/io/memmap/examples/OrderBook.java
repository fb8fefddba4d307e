package io.memmap.examples;

import io.memmap.LongLongMap;
import io.memmap.MemMap;
import io.memmap.NativeHeap;
import io.memmap.Type;
import java.util.Random;

/**
 * The order book of one security, as a reader of an exchange's feed keeps it: the open orders by
 * their number, and the open quantity at each price. Prices are in cents. No message waits until a
 * whole map has moved to a larger table, and the two maps of longs make no Java objects.
 */
public final class OrderBook implements AutoCloseable {
    private static final int DEFAULT_MESSAGES = 200_000;
    private static final long MIDDLE = 100_00;

    /** An open order. */
    record Order(boolean buy, long price, long quantity) {}

    private final NativeHeap heap = NativeHeap.ofConfined();
    private final MemMap<Long, Order> orders = MemMap.make(heap, Type.LONG, Type.record(Order.class));
    private final LongLongMap bids = levels("bids");
    private final LongLongMap asks = levels("asks");

    private LongLongMap levels(String name) {
        return LongLongMap.builder(heap).name(name).make(); // MemStats and profiles show the name
    }

    private LongLongMap side(Order order) {
        return order.buy ? bids : asks;
    }

    void add(long number, Order order) {
        orders.set(number, order);
        side(order).add(order.price, order.quantity); // an absent price has the quantity 0
    }

    /** Takes a quantity from an order: a trade, or a cancellation of all that is left. */
    void reduce(long number, long quantity) {
        Order order = orders.get(number);
        if (order == null) {
            return; // gone already
        }
        long taken = Math.min(quantity, order.quantity);
        if (taken == order.quantity) {
            orders.delete(number);
        } else {
            orders.set(number, new Order(order.buy, order.price, order.quantity - taken));
        }
        if (side(order).add(order.price, -taken) == 0) {
            side(order).remove(order.price);
        }
    }

    /** Returns the best price of a side; both sides must have an order. */
    private static long best(LongLongMap levels, int step) {
        long price = MIDDLE;
        while (!levels.containsKey(price)) {
            price += step;
        }
        return price;
    }

    /** Returns whether the quantities at the prices are the sums of those of the orders. */
    boolean isConsistent() {
        LongLongMap expected = levels("expected");
        orders.forEach((_, order) -> expected.add(order.buy ? order.price : -order.price, order.quantity));
        bids.forEach((price, quantity) -> expected.add(price, -quantity));
        asks.forEach((price, quantity) -> expected.add(-price, -quantity));
        boolean zero = expected.asMap().values().stream().allMatch(left -> left == 0);
        expected.free(); // to drop the handle would not free the map
        return zero;
    }

    @Override
    public void close() {
        heap.close(); // and with it the maps
    }

    /** Runs the example. An argument is the number of messages. */
    public static void main(String[] arguments) {
        int messages = arguments.length == 0 ? DEFAULT_MESSAGES : Integer.parseInt(arguments[0]);
        Random feed = new Random(1);
        try (OrderBook book = new OrderBook()) {
            for (long number = 0; number < messages; number++) {
                boolean buy = feed.nextBoolean();
                long distance = feed.nextLong(1, 51);
                book.add(number, new Order(buy, buy ? MIDDLE - distance : MIDDLE + distance, 100));
                book.reduce(feed.nextLong(number + 1), feed.nextBoolean() ? 40 : 100);
            }
            System.out.println(book.orders.size() + " open orders at " + book.bids.size() + " + " + book.asks.size()
                    + " prices; best bid " + best(book.bids, -1) + ", best ask " + best(book.asks, 1));
            System.out.println("the quantities add up: " + book.isConsistent());
        }
    }
}
