package io.memmap.observe;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Arrays;

/** The library once more, in a class loader of its own: its static state is not that of the other tests. */
final class SecondLibrary implements AutoCloseable {
    private final URLClassLoader loader = new URLClassLoader(
            new URL[] {MemStats.class.getProtectionDomain().getCodeSource().getLocation()},
            ClassLoader.getPlatformClassLoader());

    /** Calls a public static method of the class of this name in the other loader. */
    Object call(Class<?> type, String method, String... arguments) throws ReflectiveOperationException {
        Class<?>[] parameters = new Class<?>[arguments.length];
        Arrays.fill(parameters, String.class);
        return loader.loadClass(type.getName()).getMethod(method, parameters).invoke(null, (Object[]) arguments);
    }

    @Override
    public void close() throws IOException {
        loader.close();
    }
}
