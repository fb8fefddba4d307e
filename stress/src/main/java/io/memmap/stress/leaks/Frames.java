package io.memmap.stress.leaks;

/** Formats places in a program as text. */
final class Frames {
    private Frames() {}

    /** Returns {@code package.Class.method(File.java:line)}. */
    static String text(StackTraceElement frame) {
        return frame.getClassName() + "." + frame.getMethodName() + "(" + frame.getFileName() + ":"
                + frame.getLineNumber() + ")";
    }
}
