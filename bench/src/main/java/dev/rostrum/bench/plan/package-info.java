/** From what was measured to how many machines it takes. */
@NullMarked
package dev.rostrum.bench.plan;

import org.jspecify.annotations.NullMarked;
