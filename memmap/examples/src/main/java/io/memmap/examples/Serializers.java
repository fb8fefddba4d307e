package io.memmap.examples;

import com.esotericsoftware.kryo.Kryo;
import com.esotericsoftware.kryo.io.Input;
import com.esotericsoftware.kryo.io.Output;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.memmap.SyncMap;
import io.memmap.Type;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.LongStream;
import tools.jackson.databind.json.JsonMapper;

/**
 * Carts of a shop, encoded by Jackson, by Kryo and by Protocol Buffers. Each of the libraries writes into the
 * buffer that the map copies from, and reads from the buffer that the map has copied to.
 */
public final class Serializers {
    private static final int CARTS = 1_000;

    /** What a user wants to buy. */
    record Cart(long user, String currency, List<String> items) {}

    private static final JsonMapper JSON = new JsonMapper();

    private static final Type<Cart> BY_JACKSON = Type.of(
            "cart.json.1",
            Cart.class,
            (cart, to) -> JSON.writeValue(to.asOutputStream(), cart),
            from -> JSON.readValue(from.asInputStream(), Cart.class));

    /** A Kryo is for one thread at a time. */
    private static final ThreadLocal<Kryo> KRYO = ThreadLocal.withInitial(() -> {
        Kryo kryo = new Kryo();
        List.of(Cart.class, List.of().getClass()).forEach(kryo::register);
        return kryo;
    });

    private static final Type<Cart> BY_KRYO = Type.of(
            "cart.kryo.1",
            Cart.class,
            (cart, to) -> {
                try (Output output = new Output(to.asOutputStream())) {
                    KRYO.get().writeObject(output, cart);
                }
            },
            from -> {
                ByteBuffer bytes = from.getBuffer(from.remaining());
                Input input = new Input(bytes.array(), bytes.arrayOffset(), bytes.remaining());
                return KRYO.get().readObject(input, Cart.class);
            });

    /** Struct is a message that comes with the library. It stands for a message of yours. */
    private static final Type<Struct> BY_PROTOBUF = Type.of(
            "cart.proto",
            Struct.class,
            (cart, to) -> cart.writeTo(CodedOutputStream.newInstance(to.putBuffer(cart.getSerializedSize()))),
            from -> Struct.parseFrom(from.getBuffer(from.remaining())));

    private Serializers() {}

    /** Runs the example. It takes no arguments. */
    public static void main(String[] arguments) {
        run("Jackson", BY_JACKSON, carts());
        run("Kryo", BY_KRYO, carts());
        List<Struct> messages = carts().stream().map(Serializers::message).toList();
        run("Protocol Buffers", BY_PROTOBUF, messages);
    }

    private static <T> void run(String name, Type<T> type, List<T> carts) {
        try (SyncMap<Integer, T> map = SyncMap.make(Type.INT, type)) {
            for (int user = 0; user < carts.size(); user++) {
                map.put(user, carts.get(user));
            }
            boolean same = true;
            for (int user = 0; user < carts.size(); user++) {
                same &= carts.get(user).equals(map.get(user));
            }
            Long bytes = map.read(7, MemorySegment::byteSize);
            System.out.println(name + ": cart 7 has " + bytes + " bytes; all come back as they were: " + same);
        }
    }

    private static List<Cart> carts() {
        return LongStream.range(0, CARTS)
                .mapToObj(user -> new Cart(user, "EUR", List.of("tea", "milk", "item " + user)))
                .toList();
    }

    private static Struct message(Cart cart) {
        Value.Builder items = Value.newBuilder().setStringValue(String.join(", ", cart.items));
        return Struct.newBuilder().putFields("items", items.build()).build();
    }
}
