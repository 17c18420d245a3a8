/** HTTP: REST, WHIP, WHEP, WebSocket, the page, health and metrics. */
@NullMarked
package dev.rostrum.signaling.web;

import org.jspecify.annotations.NullMarked;
