/**
 * A process of one contender: the programs that run in it, the messages that they send, and how it
 * is started.
 */
@NullMarked
package io.memmap.bench.child;

import org.jspecify.annotations.NullMarked;
