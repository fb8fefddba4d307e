import io.memmap.unsafe.OldCode;
import io.memmap.unsafe.UnsafeMemory;

/** Moved code gets the instance here. It is the one under test. */
final class UnsafeAccess {
    static final UnsafeMemory UNSAFE = OldCode.instanceUnderTest();

    private UnsafeAccess() {}
}
