package io.memmap.codec;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * A codec of sets. It stores the number of elements as a varint, and then the elements in the order
 * of their bytes, so that equal sets have equal bytes.
 *
 * @param type the name of the type of the sets
 * @param element the type of the elements
 * @param <E> the class of the elements
 */
public record SetCodec<E>(String type, Part<E> element) implements Codec.Appending<Set<E>> {
    @Override
    public void append(Set<E> object, EncodedBytes to) {
        int size = object.size();
        to.appendVarLong(size);
        PartOrder order = new PartOrder(type, size);
        for (E each : object) {
            element.requireObject(each, type);
            order.begin(to);
            element.append(each, to);
            order.endKey(to);
        }
        order.sort(to);
    }

    @Override
    public Set<E> read(ByteCursor from, int length) {
        int count = from.readCount(element.leastBytes());
        Set<E> elements = new LinkedHashSet<>();
        for (int i = 0; i < count; i++) {
            elements.add(element.read(from));
        }
        return Collections.unmodifiableSet(elements);
    }

    @Override
    public boolean accepts(Object object) {
        for (Object each : (Set<?>) object) {
            if (!element.accepts(each)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public boolean runsCallersCode() {
        return element.codec().runsCallersCode();
    }
}
