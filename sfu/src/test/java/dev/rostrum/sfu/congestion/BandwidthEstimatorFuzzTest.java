package dev.rostrum.sfu.congestion;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.rtcp.RtcpReader;
import dev.rostrum.sfu.rtcp.TransportArrivals;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;

/**
 * A subscriber that sends whatever it likes, whenever it likes, while packets are sent to it. Its bytes are a program:
 * an operation, its argument, and for feedback the body of the RTCP packet.
 */
class BandwidthEstimatorFuzzTest {

    private static final long MS = 1_000_000;
    private static final BandwidthEstimator.Limits LIMITS = BandwidthEstimator.Limits.DEFAULT;

    private static final List<Pacer.Priority> PRIORITIES = List.copyOf(EnumSet.allOf(Pacer.Priority.class));

    /** What is under test, with its pacer. */
    private static final class Subscriber implements Pacer.Sink {
        private long nowNs = 1_000 * MS;
        private final BandwidthEstimator estimator = new BandwidthEstimator(LIMITS, nowNs);
        private final Pacer pacer = new Pacer(this, 64);
        private int number;

        @Override
        public int send(long token, boolean probe, long atNs) {
            estimator.onPacketSent(number, 1_000, atNs, probe);
            number = (number + 1) & 0xFFFF;
            return 1_000;
        }

        @Override
        public int sendPadding(int lengthBytes, boolean probe, long atNs) {
            if ((number & 64) != 0) {
                return 0;
            }
            estimator.onPacketSent(number, lengthBytes, atNs, probe);
            number = (number + 1) & 0xFFFF;
            return lengthBytes;
        }

        private void onMessage(RtcpMessage message) {
            switch (message) {
                case RtcpMessage.TransportFeedback feedback ->
                    estimator.onFeedback(TransportArrivals.of(feedback), nowNs);
                case RtcpMessage.ReceiverEstimatedMaximumBitrate remb -> estimator.onRemb(remb.bitrateBps(), nowNs);
                case RtcpMessage.ReceiverReport report -> {
                    if (!report.reports().isEmpty()) {
                        estimator.onReceiverReport(
                                report.reports().getFirst().fractionLost(),
                                report.reports().getFirst().delay(),
                                nowNs);
                    }
                }
                default -> {}
            }
        }

        private void settle() {
            pacer.setRate(estimator.pacingBps(), nowNs);
            pacer.setProbe(estimator.probe(), nowNs);
            int turns = 0;
            while (estimator.deadlineNs() <= nowNs) {
                estimator.onDeadline(nowNs);
                assertTrue(estimator.deadlineNs() > nowNs, "a deadline that does not pass");
                pacer.setProbe(estimator.probe(), nowNs);
            }
            while (pacer.deadlineNs() <= nowNs) {
                pacer.onDeadline(nowNs);
                assertTrue(turns++ < 2 && pacer.deadlineNs() > nowNs, "a deadline that does not pass");
            }
            long target = estimator.targetBps();
            assertTrue(target >= LIMITS.minBps() && target <= LIMITS.maxBps(), "" + target);
            assertTrue(estimator.rttNs() >= 0 && estimator.rttNs() <= 3_000 * MS);
            assertTrue(estimator.lossShare() >= 0 && estimator.lossShare() <= 1);
            ProbeCluster probe = estimator.probe();
            assertTrue(probe == null || (probe.bitrateBps() <= LIMITS.maxBps() && probe.lengthBytes() < 2_000_000));
            assertTrue(pacer.queuedBytes() >= 0 && (pacer.queuedBytes() == 0) == (pacer.queuedPackets() == 0));
        }
    }

    @FuzzTest
    void whateverASubscriberSendsItsEstimateStaysWithinItsLimits(byte[] data) {
        Subscriber subscriber = new Subscriber();
        ByteBuffer program = ByteBuffer.wrap(data);
        while (program.remaining() >= 3) {
            int operation = program.get() & 7;
            int argument = program.getShort() & 0xFFFF;
            switch (operation) {
                case 0 -> {
                    for (int i = 0; i < (argument & 63); i++) {
                        subscriber.pacer.enqueue(i, 1_000, PRIORITIES.get(argument >>> 8 & 3), subscriber.nowNs);
                    }
                }
                case 1 -> subscriber.nowNs += argument * MS / 16;
                case 2 -> subscriber.estimator.onWish((long) argument * argument, subscriber.nowNs);
                case 3 -> subscriber.estimator.onRemb((long) argument << (argument & 47), subscriber.nowNs);
                case 4 -> subscriber.number = argument; // as if another packet took the numbers between
                default -> {
                    int length = Math.min(program.remaining(), argument & 0x1FF) & ~3;
                    ByteBuffer packet = ByteBuffer.allocate(4 + length);
                    int type = operation == 5 ? 0x8FCD : operation == 6 ? 0x81C9 : 0x8FCE;
                    packet.putShort((short) type).putShort((short) (length / 4));
                    packet.put(data, program.position(), length);
                    program.position(program.position() + length);
                    if (operation == 5 && length >= 12) { // feedback for about what was sent
                        packet.putShort(12, (short) (subscriber.number - (argument >>> 9)));
                    }
                    new RtcpReader().read(packet, 0, packet.capacity(), subscriber::onMessage);
                }
            }
            subscriber.settle();
        }
    }
}
