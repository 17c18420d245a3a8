/** Layers of video: measured, chosen for each subscriber, and shared out of what its network carries. */
@NullMarked
package dev.rostrum.sfu.simulcast;

import org.jspecify.annotations.NullMarked;
