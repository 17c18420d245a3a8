/** JMH benchmarks of the parts that every packet or every join goes through. */
@NullMarked
package dev.rostrum.bench.core;

import org.jspecify.annotations.NullMarked;
