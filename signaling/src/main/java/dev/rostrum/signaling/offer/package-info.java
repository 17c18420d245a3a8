/** What is answered to an offer (RFC 3264, RFC 9429): which codecs, extensions and m-lines, and what the SFU is told of it. */
@NullMarked
package dev.rostrum.signaling.offer;

import org.jspecify.annotations.NullMarked;
