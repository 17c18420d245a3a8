/** Session descriptions: reading, writing, and answering an offer. */
@NullMarked
package dev.rostrum.signaling.sdp;

import org.jspecify.annotations.NullMarked;
