package io.memmap.codec;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * A codec of lists. It stores the number of elements as a varint, and then the elements.
 *
 * @param type the name of the type of the lists
 * @param element the type of the elements
 * @param <E> the class of the elements
 */
public record ListCodec<E>(String type, Part<E> element) implements Codec.Appending<List<E>> {
    @Override
    public void append(List<E> object, EncodedBytes to) {
        int size = object.size();
        to.appendVarLong(size);
        int count = 0;
        for (E each : object) {
            element.requireObject(each, type);
            element.append(each, to);
            count++;
        }
        Part.requireCount(size, count, type);
    }

    @Override
    @SuppressWarnings("unchecked") // the array holds elements only
    public List<E> read(ByteCursor from, int length) {
        Object[] elements = new Object[from.readCount(element.leastBytes())];
        for (int i = 0; i < elements.length; i++) {
            elements[i] = element.read(from);
        }
        return (List<E>) Collections.unmodifiableList(Arrays.asList(elements));
    }

    @Override
    public boolean accepts(Object object) {
        for (Object each : (List<?>) object) {
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

    @Override
    public boolean hashesIdentity() {
        return element.codec().hashesIdentity();
    }
}
