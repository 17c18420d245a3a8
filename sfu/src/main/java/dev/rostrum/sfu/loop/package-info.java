/** Shards: one thread with its deadlines, and the links between shards. */
@NullMarked
package dev.rostrum.sfu.loop;

import org.jspecify.annotations.NullMarked;
