package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.sfu.rtcp.ReportBlock;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.rtcp.RtcpWriter;
import dev.rostrum.sfu.stream.NtpClock;
import dev.rostrum.sfu.stream.ReportedStream;
import dev.rostrum.sfu.transport.SecureTransport;
import dev.rostrum.sfu.udp.UdpPort;
import java.nio.charset.StandardCharsets;
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
    private final Deadline deadline;
    private final List<ReportBlock> blocks = new ArrayList<>(1);
    private final List<ReportedStream> reported = new ArrayList<>(1);
    private final byte[] cname;
    private boolean slotsReported;

    EndpointReports(Endpoint endpoint, Shard shard, NtpClock clock, RandomGenerator random) {
        this.endpoint = endpoint;
        this.shard = shard;
        this.clock = clock;
        this.random = random;
        this.deadline = new Deadline(this::onDeadline, endpoint);
        this.cname = endpoint.spec().cname().getBytes(StandardCharsets.UTF_8);
    }

    /** Something is to be reported from now on. Called by each slot's first packet after a report. */
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
        blocks.clear();
        for (int i = 0; i < endpoint.streams().size(); i++) {
            IncomingStream stream = endpoint.streams().get(i);
            if (stream.statistics().started()) {
                blocks.add(stream.statistics().report(stream.ssrc(), nowNs));
            }
        }
        endpoint.addVideoBlocks(blocks, nowNs);
        reported.clear();
        collect(endpoint.slots(), farewell);
        collect(endpoint.videoSlots(), farewell);
        if (reported.isEmpty() && blocks.isEmpty()) {
            return false;
        }
        UdpPort port = transport.port();
        int offset = port.reserve();
        writer.begin(port.outgoing().bytes(), offset, UdpPort.MAX_DATAGRAM_BYTES - 64);
        if (reported.isEmpty()) {
            writer.add(new RtcpMessage.ReceiverReport(endpoint.reportingSsrc(), blocks));
            writer.addName(endpoint.reportingSsrc(), cname);
        } else {
            writeSlots(farewell, nowNs);
        }
        transport.sendRtcp(offset, writer.end());
        return true;
    }

    private void collect(List<? extends ReportedStream> slots, boolean farewell) {
        for (int i = 0; i < slots.size(); i++) {
            ReportedStream slot = slots.get(i);
            boolean due = farewell
                    ? slot.statistics().packets() != 0
                    : slot.statistics().sentSinceReport();
            if (due) {
                reported.add(slot);
            }
        }
    }

    /** Thousands of listeners get these every few seconds: they allocate nothing. */
    private void writeSlots(boolean farewell, long nowNs) {
        for (int i = 0; i < reported.size(); i++) {
            ReportedStream slot = reported.get(i);
            slot.statistics().report(writer, slot, clock, nowNs, i == 0 ? blocks : List.of());
        }
        for (int i = 0; i < reported.size(); i++) {
            writer.addName(reported.get(i).ssrc(), cname);
        }
        if (farewell) {
            writer.add(new RtcpMessage.Goodbye(
                    reported.stream().map(ReportedStream::ssrc).toList(), ""));
        }
    }
}
