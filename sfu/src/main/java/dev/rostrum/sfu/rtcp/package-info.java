/** RTCP messages, read and written (RFC 3550, RFC 4585, RFC 5104). */
@NullMarked
package dev.rostrum.sfu.rtcp;

import org.jspecify.annotations.NullMarked;
