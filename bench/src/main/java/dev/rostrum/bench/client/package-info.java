/** Simulated participants: they join by WHIP, WHEP or the WebSocket as real ones do, and come back as real ones do. */
@NullMarked
package dev.rostrum.bench.client;

import org.jspecify.annotations.NullMarked;
