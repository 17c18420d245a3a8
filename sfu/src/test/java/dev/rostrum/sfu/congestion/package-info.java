/** Tests of congestion control: its parts alone, and all of it in simulated networks. */
@NullMarked
package dev.rostrum.sfu.congestion;

import org.jspecify.annotations.NullMarked;
