/** From a datagram to an endpoint's plaintext packet, and back: demultiplexing, ICE, DTLS, SRTP. */
@NullMarked
package dev.rostrum.sfu.transport;

import org.jspecify.annotations.NullMarked;
