package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.stream.ReceptionStatistics;

/**
 * One SSRC that an endpoint sends, and the publication that it belongs to.
 *
 * <p>Owned by its endpoint.
 */
record IncomingStream(int ssrc, StreamSpec.Publish spec, Publication publication, ReceptionStatistics statistics) {}
