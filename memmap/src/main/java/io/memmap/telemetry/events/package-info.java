/** The events that the library sends to the JDK's flight recorder. This package is not exported. */
@NullMarked
package io.memmap.telemetry.events;

import org.jspecify.annotations.NullMarked;
