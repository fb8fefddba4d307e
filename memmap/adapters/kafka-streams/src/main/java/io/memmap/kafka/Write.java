package io.memmap.kafka;

import org.jspecify.annotations.Nullable;

/**
 * A write to a map.
 *
 * @param key the key
 * @param value the new value, or null to remove the key
 */
@SuppressWarnings("ArrayRecordComponent") // records of this class are not compared
record Write(byte[] key, byte @Nullable [] value) {}
