package dev.rostrum.signaling.metrics;

import dev.rostrum.signaling.admission.AdmissionFigures;
import dev.rostrum.signaling.admission.Doorkeeper;
import java.util.List;

/**
 * The figures of admission: who waits, who was let in, and what the machine has left.
 *
 * <p>Safe for any thread.
 */
public final class AdmissionMetrics implements MetricsSource {

    private final Doorkeeper doorkeeper;

    public AdmissionMetrics(Doorkeeper doorkeeper) {
        this.doorkeeper = doorkeeper;
    }

    @Override
    public List<Metric> metrics() {
        AdmissionFigures f = doorkeeper.figures();
        return List.of(
                gauge("queue_length", "Listeners that wait for their turn", f.waiting()),
                gauge("queue_called", "Places that wait for the holders of their tickets", f.called()),
                gauge("listeners_held", "Places of listeners that are taken, reserved ones included", f.held()),
                gauge("listeners_connected", "Listeners whose media is up", f.connected()),
                counter("admitted", "Listeners that were let in", (double) f.admitted()),
                counter("queued", "Listeners that had to wait", (double) f.queued()),
                counter("refused", "Listeners for whom there was no place in the queue either", (double) f.refused()),
                counter("late", "Listeners that were let in and did not connect in time", (double) f.late()),
                counter("tickets_lost", "Places in the queue whose holder did not come back", (double) f.ticketsLost()),
                gauge(
                        "capacity_listeners",
                        "Listeners that this server takes, as configured or measured",
                        f.capacity()),
                gauge("rate_per_second", "Listeners that are let in per second at most", f.perSecond()),
                gauge("stress", "How near the nearest limit of the machine is; 1 is the limit", f.stress()),
                gauge("shard_busy_share", "The share of its time that the busiest shard works", f.busyShare()),
                gauge(
                        "shard_run_delay_seconds",
                        "How long a shard that has work waits for a processor",
                        f.runDelaySeconds()),
                gauge("shard_longest_turn_seconds", "The longest turns of late", f.longestTurnSeconds()),
                gauge("loop_delay_seconds", "How long tasks wait for an event loop of HTTP", f.loopDelaySeconds()),
                gauge("handshake_delay_seconds", "How long handshakes wait for a thread", f.handshakeDelaySeconds()),
                gauge("join_cpu_seconds", "The processor time of a join", f.joinSeconds()),
                gauge("packet_cpu_seconds", "The processor time of a forwarded packet", f.packetSeconds()),
                counter("handshake_cpu_seconds", "The processor time of DTLS handshakes", f.handshakeCpuSeconds()),
                counter("signaling_cpu_seconds", "The processor time of HTTP and WebSockets", f.signalingCpuSeconds()));
    }

    private static Metric gauge(String name, String help, double value) {
        return Metric.gauge("rostrum_admission_" + name, help, value);
    }

    private static Metric counter(String name, String help, double value) {
        return Metric.counter("rostrum_admission_" + name, help, value);
    }
}
