package io.memmap.bench.child;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MessageTest {
    @Test
    void everyMessageCanBeReadBack() {
        List<Message> messages = List.of(
                new Message.Progress(1, 2, 3),
                new Message.Figure("latency.p99.9", Long.MIN_VALUE),
                new Message.Failure("no room for 5 bytes: 3 in use"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        Reporter report = new Reporter(new PrintStream(out, false, StandardCharsets.UTF_8));
        messages.forEach(report::send);
        assertThat(out.toString(StandardCharsets.UTF_8).lines().map(Message::parse))
                .containsExactlyElementsOf(messages.stream().map(Optional::of).toList());
    }

    @Test
    void aFailureIsOneLineWhateverItsText() {
        assertThat(new Message.Failure("first\nsecond").line()).isEqualTo("@failure first");
        assertThat(new Message.Failure("").line()).isEqualTo("@failure ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Terminating due to java.lang.OutOfMemoryError: Java heap space",
                "@progress 1 2",
                "@progress 1 2 x",
                "@figure name",
                "@figure name 1.5",
                "@figures name 1",
                " @figure name 1"
            })
    void otherLinesAreNoMessages(String line) {
        assertThat(Message.parse(line)).isEmpty();
    }
}
