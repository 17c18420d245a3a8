/** Figures for {@code GET /metrics}: where they come from, and how they are written. */
@NullMarked
package dev.rostrum.signaling.metrics;

import org.jspecify.annotations.NullMarked;
