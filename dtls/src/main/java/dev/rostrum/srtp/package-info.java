/** SRTP and SRTCP contexts (RFC 3711, RFC 7714) and the ciphers below them. */
@NullMarked
package dev.rostrum.srtp;

import org.jspecify.annotations.NullMarked;
