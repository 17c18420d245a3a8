/** RTP packets as they lie in a slab (RFC 3550, RFC 8285). */
@NullMarked
package dev.rostrum.sfu.rtp;

import org.jspecify.annotations.NullMarked;
