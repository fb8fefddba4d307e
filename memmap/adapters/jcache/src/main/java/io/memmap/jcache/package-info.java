/**
 * Offers memmap's maps as caches of JCache (JSR-107, {@code javax.cache}).
 *
 * <p>{@code Caching.getCachingProvider()} finds {@link io.memmap.jcache.MemmapCachingProvider} by
 * itself. A cache takes any {@code MutableConfiguration}. The configuration
 * {@link io.memmap.jcache.MemmapConfiguration} sets bounds, types and a heap too.
 */
@NullMarked
package io.memmap.jcache;

import org.jspecify.annotations.NullMarked;
