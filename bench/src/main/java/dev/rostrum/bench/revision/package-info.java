/** Two revisions of the product, each built and in a JVM of its own, whose fan-outs take turns on one machine. */
@NullMarked
package dev.rostrum.bench.revision;

import org.jspecify.annotations.NullMarked;
