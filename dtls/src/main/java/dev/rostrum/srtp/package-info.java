/**
 * SRTP and SRTCP contexts (RFC 3711, RFC 7714) and the ciphers below them.
 *
 * <p>{@link dev.rostrum.srtp.SrtpSender} and {@link dev.rostrum.srtp.SrtpReceiver} hold one session's state and belong
 * to one thread; {@link dev.rostrum.srtp.SrtpCipherProvider} says which cryptography they use. On the way of a packet
 * nothing throws, nothing blocks, and with OpenSSL nothing is allocated: a method returns a length or the code of a
 * {@link dev.rostrum.srtp.SrtpFailure}. A packet is checked against the replay window, then authenticated, and only
 * then believed.
 */
@NullMarked
package dev.rostrum.srtp;

import org.jspecify.annotations.NullMarked;
