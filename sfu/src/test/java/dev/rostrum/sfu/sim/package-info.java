/** Simulated networks and shards in virtual time: a whole server and its clients in one thread, from one seed. */
@NullMarked
package dev.rostrum.sfu.sim;

import org.jspecify.annotations.NullMarked;
