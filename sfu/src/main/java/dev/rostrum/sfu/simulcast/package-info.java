/** Which layer of a video each subscriber gets: measured, allocated, selected. */
@NullMarked
package dev.rostrum.sfu.simulcast;

import org.jspecify.annotations.NullMarked;
