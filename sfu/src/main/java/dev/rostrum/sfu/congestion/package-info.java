/** How much a network carries, and how fast it is given to it: estimation, probing, pacing, transport-wide feedback. */
@NullMarked
package dev.rostrum.sfu.congestion;

import org.jspecify.annotations.NullMarked;
