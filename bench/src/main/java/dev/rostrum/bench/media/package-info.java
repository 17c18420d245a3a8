/** The media side of simulated clients: thousands of real ICE, DTLS and SRTP sessions in a few threads. */
@NullMarked
package dev.rostrum.bench.media;

import org.jspecify.annotations.NullMarked;
