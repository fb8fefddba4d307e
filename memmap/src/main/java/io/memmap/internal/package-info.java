/**
 * What a heap and its maps tell those who look at them: the events of the JDK's flight recorder, and the figures of a map that
 * is read by a thread that may not touch it. The lowest layer; not exported.
 */
@NullMarked
package io.memmap.internal;

import org.jspecify.annotations.NullMarked;
