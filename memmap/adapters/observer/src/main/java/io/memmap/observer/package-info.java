/**
 * A live web page that shows the native heaps and maps of the process. {@link
 * io.memmap.observer.Observer} serves it. The resources of this package are the page itself.
 */
@NullMarked
package io.memmap.observer;

import org.jspecify.annotations.NullMarked;
