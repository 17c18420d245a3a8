/** The messages of the WebSocket, as sealed records, and their JSON codec. */
@NullMarked
package dev.rostrum.signaling.protocol;

import org.jspecify.annotations.NullMarked;
