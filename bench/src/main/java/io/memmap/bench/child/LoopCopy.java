package io.memmap.bench.child;

import io.memmap.bench.maps.LongMap;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.util.Objects;

/**
 * The loops of all shapes. Each object has its own copy of the code of {@link ShapeLoops}, which
 * the JVM profiles and compiles by itself. So if an object is used with maps of one class only, its
 * calls are direct calls, whatever other maps the JVM uses.
 */
interface LoopCopy {
    /** Runs a loop on a map and returns its result. */
    long run(ShapeOperation operation, LongMap map, ShapeInput input);

    /** Makes a copy. */
    static LoopCopy make() {
        try (InputStream template = ShapeLoops.class.getResourceAsStream("ShapeLoops.class")) {
            byte[] code = Objects.requireNonNull(template).readAllBytes();
            return (LoopCopy) MethodHandles.lookup()
                    .defineHiddenClass(code, true)
                    .lookupClass()
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
