import io.memmap.unsafe.OldCode;
import io.memmap.unsafe.UnsafeMemory;

/** Where code that has moved has the instance from: here the one under test. */
final class UnsafeAccess {
    static final UnsafeMemory UNSAFE = OldCode.instanceUnderTest();

    private UnsafeAccess() {}
}
