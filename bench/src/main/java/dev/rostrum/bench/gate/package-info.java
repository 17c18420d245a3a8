/** Figures that must not rot: ratios to yardsticks of the same run, with bounds that fail a build. */
@NullMarked
package dev.rostrum.bench.gate;

import org.jspecify.annotations.NullMarked;
