package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.loop.UdpPort;
import dev.rostrum.sfu.rtcp.ReportBlock;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.rtcp.RtcpWriter;
import dev.rostrum.sfu.stream.NtpClock;
import dev.rostrum.sfu.transport.SecureTransport;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The RTCP that an endpoint is sent: sender reports of its slots, receiver reports about what it publishes, and the
 * farewell (RFC 3550 §6).
 *
 * <p>Owned by its endpoint.
 */
final class EndpointReports {

    private static final long SECOND_NS = 1_000_000_000L;

    /** Publishers hear about their loss once a second; who only listens gets the usual 5 s (RFC 3550 §6.2). */
    private static final long PUBLISHER_INTERVAL_NS = SECOND_NS;

    private static final long LISTENER_INTERVAL_NS = 5 * SECOND_NS;

    /** A slot that begins to send has its clock explained soon: lip sync waits for it. */
    private static final long FIRST_REPORT_NS = SECOND_NS / 5;

    private final Endpoint endpoint;
    private final Shard shard;
    private final NtpClock clock;
    private final RandomGenerator random;
    private final RtcpWriter writer = new RtcpWriter();
    private final Deadline deadline = new Deadline(this::onDeadline);
    private boolean slotsReported;

    EndpointReports(Endpoint endpoint, Shard shard, NtpClock clock, RandomGenerator random) {
        this.endpoint = endpoint;
        this.shard = shard;
        this.clock = clock;
        this.random = random;
    }

    /** Something is to be reported from now on. Cheap, because it is called per packet. */
    void onTraffic() {
        if (!deadline.scheduled()) {
            long after = slotsReported ? interval() : FIRST_REPORT_NS;
            slotsReported = true;
            shard.deadlines().schedule(deadline, shard.nowNs() + randomized(after));
        }
    }

    private long interval() {
        return endpoint.publishes() ? PUBLISHER_INTERVAL_NS : LISTENER_INTERVAL_NS;
    }

    /** Between half and one and a half of the interval, so that no two endpoints stay in step (RFC 3550 §6.3.1). */
    private long randomized(long intervalNs) {
        return intervalNs / 2 + (long) (random.nextDouble() * intervalNs);
    }

    private void onDeadline(long nowNs) {
        if (send(nowNs, false)) {
            shard.deadlines().schedule(deadline, nowNs + randomized(interval()));
        } else {
            slotsReported = false; // silence costs nothing; the next packet wakes the reports
        }
    }

    /** Ends the reports and, where something was sent, says that it ends. */
    void close(long nowNs) {
        shard.deadlines().cancel(deadline);
        send(nowNs, true);
    }

    /** Sends one compound packet; false if there was nothing to say. */
    private boolean send(long nowNs, boolean farewell) {
        SecureTransport transport = endpoint.transport();
        if (!transport.canSend()) {
            return false;
        }
        List<ReportBlock> blocks = new ArrayList<>();
        for (IncomingStream stream : endpoint.streams()) {
            if (stream.statistics().started()) {
                blocks.add(stream.statistics().report(stream.ssrc(), nowNs));
            }
        }
        List<RtcpMessage.SourceDescription.Chunk> names = new ArrayList<>();
        List<Integer> leaving = new ArrayList<>();
        UdpPort port = transport.port();
        int offset = port.reserve();
        writer.begin(port.outgoing().bytes(), offset, UdpPort.MAX_DATAGRAM_BYTES - 64);
        for (Slot slot : endpoint.slots()) {
            if (slot.statistics().packets() == 0
                    || !(farewell || slot.statistics().sentSinceReport())) {
                continue;
            }
            int ssrc = slot.spec().ssrc();
            RtcpMessage.SenderReport report = slot.statistics().report(ssrc, slot.rewriter(), clock, nowNs);
            writer.add(
                    names.isEmpty()
                            ? new RtcpMessage.SenderReport(
                                    ssrc,
                                    report.ntp(),
                                    report.rtpTimestamp(),
                                    report.packets(),
                                    report.octets(),
                                    blocks)
                            : report);
            names.add(new RtcpMessage.SourceDescription.Chunk(
                    ssrc, endpoint.spec().cname()));
            leaving.add(ssrc);
        }
        if (names.isEmpty()) {
            if (blocks.isEmpty()) {
                return false;
            }
            writer.add(new RtcpMessage.ReceiverReport(endpoint.reportingSsrc(), blocks));
            names.add(new RtcpMessage.SourceDescription.Chunk(
                    endpoint.reportingSsrc(), endpoint.spec().cname()));
        }
        writer.add(new RtcpMessage.SourceDescription(names));
        if (farewell && !leaving.isEmpty()) {
            writer.add(new RtcpMessage.Goodbye(leaving, ""));
        }
        transport.sendRtcp(offset, writer.end());
        return true;
    }
}
