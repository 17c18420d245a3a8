/** DTLS-SRTP handshakes in both roles (RFC 5763, RFC 5764): no sockets, no addresses. */
@NullMarked
package dev.rostrum.dtls;

import org.jspecify.annotations.NullMarked;
