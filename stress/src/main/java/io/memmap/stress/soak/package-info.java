/** The soak: Kafka Streams on memmap's stores, with a rebalance now and then, for hours. */
@NullMarked
package io.memmap.stress.soak;

import org.jspecify.annotations.NullMarked;
