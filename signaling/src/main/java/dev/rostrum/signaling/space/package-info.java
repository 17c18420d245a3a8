/** Spaces, participants and roles: the rules of a live space, without any network. */
@NullMarked
package dev.rostrum.signaling.space;

import org.jspecify.annotations.NullMarked;
