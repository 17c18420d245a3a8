/** Benchmarks. */
@NullMarked
package dev.rostrum.bench;

import org.jspecify.annotations.NullMarked;
