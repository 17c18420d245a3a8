package dev.rostrum.signaling.admission;

/**
 * What admission counts and measures, for metrics.
 *
 * <p>Immutable.
 *
 * @param waiting who stand in the line
 * @param called whose place is reserved until they show their ticket
 * @param held places of listeners that are taken, reserved ones included
 * @param connected listeners whose media is up
 * @param admitted listeners let in, since the start
 * @param queued who had to wait, since the start
 * @param refused who found no place in the line either, since the start
 * @param late who were let in but did not connect in time, since the start
 * @param ticketsLost places in the line whose holder did not come back, since the start
 * @param capacity how many listeners this server takes, as configured or measured
 * @param perSecond how many listeners a second are let in at most
 * @param stress how near the nearest limit is: 1 is the limit
 * @param handshakeCpuSeconds the processor time of handshakes since the start, where the system tells
 * @param signalingCpuSeconds the same of HTTP and WebSockets
 */
public record AdmissionFigures(
        int waiting,
        int called,
        int held,
        int connected,
        long admitted,
        long queued,
        long refused,
        long late,
        long ticketsLost,
        int capacity,
        double perSecond,
        double stress,
        double busyShare,
        double runDelaySeconds,
        double longestTurnSeconds,
        double loopDelaySeconds,
        double handshakeDelaySeconds,
        double joinSeconds,
        double packetSeconds,
        double handshakeCpuSeconds,
        double signalingCpuSeconds) {

    static final AdmissionFigures NONE =
            new AdmissionFigures(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
}
