package io.memmap;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * C2 inlines a method that is called often only if the method has at most FreqInlineSize bytes of
 * bytecode. The default is 325.
 */
class InliningTest {
    private static final int FREQ_INLINE_SIZE = 325;
    /** C2 inlines a method of at most so many bytes wherever it is called. */
    private static final int MAX_INLINE_SIZE = 35;

    private static int codeBytes(Class<?> type, String name, String descriptor) throws IOException {
        try (InputStream classFile = type.getResourceAsStream(type.getSimpleName() + ".class")) {
            MethodModel method = ClassFile.of().parse(classFile.readAllBytes()).methods().stream()
                    .filter(each -> each.methodName().equalsString(name)
                            && each.methodType().equalsString(descriptor))
                    .findFirst()
                    .orElseThrow();
            return method.findAttribute(Attributes.code()).orElseThrow().codeLength();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"put", "add", "getOrDefault"})
    void publicOperationsAreSmallEnoughToBeInlined(String operation) throws IOException {
        assertThat(codeBytes(LongLongMap.class, operation, "(JJ)J")).isLessThanOrEqualTo(FREQ_INLINE_SIZE);
        assertThat(codeBytes(IntIntMap.class, operation, "(II)I")).isLessThanOrEqualTo(FREQ_INLINE_SIZE);
    }

    @Test
    void searchesAreSmallEnoughToBeInlined() throws IOException {
        assertThat(codeBytes(IntegerTable.class, "findToWrite", "(J)J")).isLessThanOrEqualTo(FREQ_INLINE_SIZE);
        assertThat(codeBytes(IntegerTable.class, "find", "(J)J")).isLessThanOrEqualTo(FREQ_INLINE_SIZE);
        assertThat(codeBytes(IntegerTable.class, "find", "(JJJ)J")).isLessThanOrEqualTo(FREQ_INLINE_SIZE);
        assertThat(codeBytes(StructTable.class, "find", "(Ljava/lang/foreign/MemorySegment;JJJ)J"))
                .isLessThanOrEqualTo(FREQ_INLINE_SIZE);
    }

    @Test
    void lookupsOfShortStringsAreSmallEnoughToBeInlined() throws IOException {
        assertThat(codeBytes(VariableKeyMap.class, "find", "(JJJJIZ)J")).isLessThanOrEqualTo(FREQ_INLINE_SIZE);
        assertThat(codeBytes(VariableKeyMap.class, "find", "([BIIZ)J")).isLessThanOrEqualTo(FREQ_INLINE_SIZE);
        assertThat(codeBytes(VariableKeyMap.class, "findText", "(Ljava/lang/String;Z)J"))
                .isLessThanOrEqualTo(FREQ_INLINE_SIZE);
    }

    /** The sequence word must cost a map in memory no more than the look at a field. */
    @Test
    void theLockOfAShardIsSmallEnoughToBeInlined() throws IOException {
        assertThat(codeBytes(Shard.class, "beginStores", "()V")).isLessThanOrEqualTo(MAX_INLINE_SIZE);
        assertThat(codeBytes(Shard.class, "endStores", "()V")).isLessThanOrEqualTo(MAX_INLINE_SIZE);
        assertThat(codeBytes(Shard.class, "lockUnchanged", "(J)J")).isLessThanOrEqualTo(MAX_INLINE_SIZE);
        assertThat(codeBytes(Shard.class, "unlockWrite", "(J)V")).isLessThanOrEqualTo(MAX_INLINE_SIZE);
        assertThat(codeBytes(Shard.class, "lockForWrite", "()J")).isLessThanOrEqualTo(FREQ_INLINE_SIZE);
    }

    /** If C2 inlined this method, it would no longer inline the methods that call it. */
    @Test
    void theSlowPathOfAWriteIsTooLargeToBeInlined() throws IOException {
        assertThat(codeBytes(IntegerTable.class, "write", "(JJZJ)J")).isGreaterThan(FREQ_INLINE_SIZE);
    }
}
