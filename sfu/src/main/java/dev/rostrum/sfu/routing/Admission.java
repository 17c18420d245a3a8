package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.EndpointSpec;

/**
 * An endpoint that may connect: its description, and the number that its space has in this server.
 *
 * <p>Immutable.
 */
public record Admission(EndpointSpec spec, int spaceKey) {}
