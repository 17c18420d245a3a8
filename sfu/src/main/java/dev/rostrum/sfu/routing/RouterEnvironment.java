package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.SfuListener;
import dev.rostrum.sfu.stream.NtpClock;
import dev.rostrum.sfu.transport.TransportEnvironment;
import java.util.random.RandomGenerator;

/**
 * What all endpoints of one shard share.
 *
 * @param listener hears what becomes of endpoints
 * @param transport what their transports share
 * @param ntpClock the one clock of all sender reports
 * @param random the shard's own source of randomness, seeded in tests
 * @param speakers how many audio slots are worth filling in any endpoint
 */
public record RouterEnvironment(
        SfuListener listener,
        TransportEnvironment transport,
        NtpClock ntpClock,
        RandomGenerator random,
        int speakers) {}
