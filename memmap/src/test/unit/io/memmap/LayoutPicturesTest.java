package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import io.memmap.format.BucketLayout;
import io.memmap.format.HeapLayout;
import io.memmap.format.HmapLayout;
import io.memmap.format.SizeClasses;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pictures in the Javadoc have the numbers of the code. */
class LayoutPicturesTest {
    private static final Path PICTURES = Path.of("src/main/javadoc/io/memmap/doc-files");
    private static final Pattern TEXT = Pattern.compile("<text[^>]*>([^<]*)</text>");
    private static final int LINE_BYTES = 64;

    private static List<String> texts(String picture) throws IOException {
        return TEXT.matcher(Files.readString(PICTURES.resolve(picture)))
                .results()
                .map(text -> text.group(1))
                .toList();
    }

    /** Returns the offsets in a picture, and the names of its keys and values, in order. */
    private static List<String> wordsOf(String picture) throws IOException {
        return texts(picture).stream()
                .filter(text -> text.matches("\\d+|key \\d|value \\d"))
                .toList();
    }

    @Test
    void theBucketHasItsTophashOverflowPointerAndPairsInPlace() throws IOException {
        BucketLayout bucket = BucketLayout.of(BucketLayout.LINE, Long.BYTES, Long.BYTES);
        List<String> words = new ArrayList<>(List.of("0", "" + bucket.overflowOffset()));
        for (int slot = 0; slot < bucket.slots(); slot++) {
            words.addAll(List.of("" + (bucket.keysOffset() + slot * bucket.keyStride()), "key " + slot));
            words.addAll(List.of("" + (bucket.valuesOffset() + slot * bucket.valueStride()), "value " + slot));
        }
        assertThat(wordsOf("line-bucket.svg")).isEqualTo(words);
        assertThat(texts("line-bucket.svg"))
                .contains(BucketLayout.TOPHASH_BYTES + " x 1 byte")
                .anyMatch(text -> text.contains(bucket.bytes() + " bytes"));
    }

    @Test
    void thePageHasItsLinesAndSlotsInPlace() throws IOException {
        BucketLayout line = BucketLayout.of(BucketLayout.PAGE, Long.BYTES, Long.BYTES);
        List<String> offsets = new ArrayList<>();
        for (int shown : new int[] {0, 1, 2, 3, 4, 62, 63}) {
            offsets.add("" + shown * LINE_BYTES);
        }
        for (int slot = 0; slot < line.slots(); slot++) {
            int start = line.bytes() + slot * line.keyStride(); // of the line after the first
            offsets.addAll(List.of("" + (start + line.keysOffset()), "" + (start + line.valuesOffset())));
        }
        assertThat(wordsOf("page.svg")).isEqualTo(offsets);
        assertThat(texts("page.svg"))
                .anyMatch(text -> text.endsWith(
                        BucketLayout.PAGE_BYTES + " bytes, " + BucketLayout.PAGE_BYTES / LINE_BYTES + " lines"))
                .anyMatch(text ->
                        text.startsWith("A line has " + line.slots() + " slots of " + line.keyStride() + " bytes."));
    }

    @Test
    void theHeapHasTheSizesOfTheCode() throws IOException {
        List<String> texts = texts("heap.svg");
        assertThat(texts)
                .contains(
                        HeapLayout.HEADER.byteSize() + " bytes",
                        "" + HeapLayout.PAGE_BYTES,
                        HeapLayout.ENTRY_BYTES + " bytes a page",
                        "pages of " + HeapLayout.PAGE_BYTES + " bytes, for one block");
        assertThat(texts)
                .anyMatch(text -> text.startsWith("A map is a block of " + HmapLayout.BYTES + " bytes"))
                .anyMatch(text -> text.contains("at most " + SizeClasses.MAX_SMALL_BYTES + " bytes;"));
    }

    @Test
    void eachPictureIsShown() throws IOException {
        String comment = Files.readString(Path.of("src/main/java/io/memmap/package-info.java"));
        try (Stream<Path> pictures = Files.list(PICTURES)) {
            assertThat(pictures).hasSize(3).allMatch(picture -> comment.contains("doc-files/" + picture.getFileName()));
        }
    }
}
