package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.rtcp.ReportBlock;
import dev.rostrum.sfu.rtcp.RtcpFault;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.rtcp.RtcpReader;
import dev.rostrum.sfu.rtcp.TransportArrivals;
import dev.rostrum.sfu.stream.NtpClock;
import dev.rostrum.sfu.video.VideoDelivery;
import dev.rostrum.sfu.video.VideoReception;
import dev.rostrum.srtp.Slab;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an endpoint's client says by RTCP, given to the streams and slots that it is about.
 *
 * <p>Owned by its endpoint.
 */
final class ReceivedReports implements RtcpReader.Visitor {

    private final Endpoint endpoint;
    private final NtpClock ntpClock;
    private final @Nullable VideoReception reception;
    private final @Nullable VideoDelivery delivery;
    private long nowNs;

    ReceivedReports(
            Endpoint endpoint,
            NtpClock ntpClock,
            @Nullable VideoReception reception,
            @Nullable VideoDelivery delivery) {
        this.endpoint = endpoint;
        this.ntpClock = ntpClock;
        this.reception = reception;
        this.delivery = delivery;
    }

    /** Takes a datagram in the clear. */
    RtcpFault read(RtcpReader reader, Slab slab, int offset, int lengthBytes, long arrivedNs) {
        nowNs = arrivedNs;
        return reader.read(slab.bytes(), offset, lengthBytes, this);
    }

    @Override
    public void onTransportFeedback(TransportArrivals arrivals) {
        if (delivery != null) {
            delivery.onTransportFeedback(arrivals, nowNs);
        }
    }

    @Override
    public void onMessage(RtcpMessage message) {
        switch (message) {
            case RtcpMessage.SenderReport report -> {
                for (IncomingStream stream : endpoint.streams()) {
                    if (stream.ssrc() == report.ssrc()) {
                        stream.statistics().onSenderReport(report.ntp(), nowNs);
                    }
                }
                if (reception != null) {
                    reception.onSenderReport(report.ssrc(), report.ntp(), report.rtpTimestamp(), nowNs);
                }
                onReportBlocks(report.reports());
            }
            case RtcpMessage.ReceiverReport report -> onReportBlocks(report.reports());
            case RtcpMessage.Goodbye goodbye -> {
                for (IncomingStream stream : endpoint.streams()) {
                    if (goodbye.ssrcs().contains(stream.ssrc())) {
                        endpoint.onGone(stream);
                    }
                }
                if (reception != null) {
                    reception.onGoodbye(goodbye.ssrcs());
                }
            }
            default -> {
                if (delivery != null) {
                    delivery.onFeedback(message, nowNs);
                }
            }
        }
    }

    private void onReportBlocks(List<ReportBlock> blocks) {
        for (int i = 0; i < blocks.size(); i++) {
            ReportBlock block = blocks.get(i);
            if (delivery == null || !delivery.onReportBlock(block, nowNs)) {
                onAudioReport(block);
            }
        }
    }

    private void onAudioReport(ReportBlock block) {
        for (Slot slot : endpoint.slots()) {
            if (slot.spec().ssrc() == block.ssrc()) {
                slot.statistics().onReportBlock(block, ntpClock, nowNs);
            }
        }
    }
}
