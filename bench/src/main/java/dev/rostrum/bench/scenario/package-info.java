/** Scenarios: what is done to a server, what is measured, and what must hold. */
@NullMarked
package dev.rostrum.bench.scenario;

import org.jspecify.annotations.NullMarked;
