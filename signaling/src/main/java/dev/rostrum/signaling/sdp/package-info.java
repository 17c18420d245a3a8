/** Session descriptions (RFC 8866): their text, and what it says. What is answered to an offer is in {@code offer}. */
@NullMarked
package dev.rostrum.signaling.sdp;

import org.jspecify.annotations.NullMarked;
