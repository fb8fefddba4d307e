import java.lang.reflect.Field;
import sun.misc.Unsafe;

/** Old code gets the instance here. */
final class UnsafeAccess {
    static final Unsafe UNSAFE = find();

    private UnsafeAccess() {}

    private static Unsafe find() {
        try {
            Field field = Unsafe.class.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return (Unsafe) field.get(null);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}
