package dev.rostrum.signaling.admission;

import java.time.Duration;

/**
 * The limits of admission.
 *
 * <p>Immutable.
 *
 * @param listeners how many listeners this server takes at most; 0 for as many as it finds that it carries
 * @param listenersPerSpace how many listeners a space takes at most; 0 for as many as the server takes
 * @param waiting how many may wait for their turn; whoever comes then is told to try later
 * @param perAddress how many from one address may wait or be on their way in; 0 for no limit
 * @param busyShare the share of its time that a shard may be busy before no more listeners are let in; the rest is the
 *     stage's reserve
 * @param connectWithin how long somebody who was let in has for ICE and DTLS before the place goes to another
 */
public record AdmissionConfig(
        int listeners, int listenersPerSpace, int waiting, int perAddress, double busyShare, Duration connectWithin) {

    /** As many as the machine carries, 50,000 waiting, 2,000 of them from one address. */
    public static final AdmissionConfig DEFAULT = new AdmissionConfig(0, 0, 50_000, 2_000, 0.8, Duration.ofSeconds(10));

    /** The same with these limits. */
    public AdmissionConfig with(int newListeners, int newListenersPerSpace, int newWaiting, int newPerAddress) {
        return new AdmissionConfig(
                newListeners, newListenersPerSpace, newWaiting, newPerAddress, busyShare, connectWithin);
    }
}
