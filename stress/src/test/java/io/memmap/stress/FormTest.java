package io.memmap.stress;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FormTest {
    private static final long ONE = Stamp.of(1, 2, 3);
    private static final long OTHER = Stamp.of(1, 2, 4);

    static Stream<Form<?>> forms() {
        return Stream.of(Form.LONG, Form.TEXT, Form.FIXED, Form.VARIED, Form.STRUCT);
    }

    @ParameterizedTest
    @MethodSource("forms")
    <T> void anObjectTellsItsNumber(Form<T> form) {
        assertThat(form.number(form.of(ONE))).isEqualTo(ONE);
        assertThat(form.number(form.of(OTHER))).isEqualTo(OTHER);
        assertThat(form.number(null)).isZero();
    }

    /** A torn read may put any part of one object beside any part of another. */
    @Test
    void anObjectOfPartsOfTwoOthersHasNoNumber() {
        String text = Form.TEXT.of(ONE);
        assertThat(Form.TEXT.number("")).isEqualTo(Stamp.TORN);
        assertThat(Form.TEXT.number(text + text)).isEqualTo(Stamp.TORN);
        assertThat(Form.TEXT.number(text.substring(0, text.length() - 1))).isEqualTo(Stamp.TORN);
        Form.Fixed fixed = Form.FIXED.of(ONE);
        Form.Fixed otherFixed = Form.FIXED.of(OTHER);
        assertThat(Form.FIXED.number(new Form.Fixed(OTHER, fixed.pair(), fixed.digest())))
                .isEqualTo(Stamp.TORN);
        assertThat(Form.FIXED.number(new Form.Fixed(ONE, otherFixed.pair(), fixed.digest())))
                .isEqualTo(Stamp.TORN);
        assertThat(Form.FIXED.number(new Form.Fixed(ONE, fixed.pair(), otherFixed.digest())))
                .isEqualTo(Stamp.TORN);
        Form.Varied varied = Form.VARIED.of(ONE);
        Form.Varied otherVaried = Form.VARIED.of(OTHER);
        assertThat(Form.VARIED.number(new Form.Varied(OTHER, varied.text(), varied.list())))
                .isEqualTo(Stamp.TORN);
        assertThat(Form.VARIED.number(new Form.Varied(ONE, otherVaried.text(), varied.list())))
                .isEqualTo(Stamp.TORN);
        assertThat(Form.VARIED.number(new Form.Varied(ONE, varied.text(), otherVaried.list())))
                .isEqualTo(Stamp.TORN);
        for (long at = 0; at < Form.LAYOUT.byteSize(); at += Long.BYTES) {
            MemorySegment struct = Form.STRUCT.of(ONE);
            MemorySegment.copy(Form.STRUCT.of(OTHER), at, struct, at, Long.BYTES);
            assertThat(Form.STRUCT.number(struct)).isEqualTo(Stamp.TORN);
        }
    }
}
