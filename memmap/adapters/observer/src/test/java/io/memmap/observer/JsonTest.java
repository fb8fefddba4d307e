package io.memmap.observer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class JsonTest {
    private enum Colour {
        RED
    }

    record Part(String name, List<Long> values) {}

    @Test
    void recordsMapsAndListsAreWrittenWithTheirContents() {
        assertThat(Json.write(new Part("a", List.of(1L, -2L)))).isEqualTo("{\"name\":\"a\",\"values\":[1,-2]}");
        assertThat(Json.write(Map.of("a", List.of()))).isEqualTo("{\"a\":[]}");
        assertThat(Json.write(Map.of())).isEqualTo("{}");
    }

    @Test
    void nanInfinityAndAbsentValuesAreNull() {
        assertThat(Json.write(Arrays.asList(null, Optional.empty(), Double.NaN, Double.NEGATIVE_INFINITY)))
                .isEqualTo("[null,null,null,null]");
    }

    @Test
    void scalarsAreWrittenAsThePageExpectsThem() {
        StackTraceElement frame = new StackTraceElement("a.B", "c", "B.java", 7);
        StackTraceElement foreign = new StackTraceElement("a.B", "c", null, -2);
        assertThat(Json.write(List.of(1.5, true, Colour.RED, Instant.ofEpochMilli(5), frame, foreign)))
                .isEqualTo("[1.5,true,\"RED\",5,\"a.B.c:7\",\"a.B.c\"]");
    }

    @Property
    void everyTextCanBeReadBackAndContainsNoMarkup(@ForAll String text) {
        String json = Json.write(text);
        assertThat(json).doesNotContain("<", ">", "&");
        assertThat(new Gson().fromJson(json, String.class)).isEqualTo(text);
    }
}
