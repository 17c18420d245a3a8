package dev.rostrum.sfu.routing;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.MediaKind;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.ice.StunClient;
import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.rtcp.RtcpWriter;
import dev.rostrum.sfu.rtp.RtpPacket;
import dev.rostrum.sfu.sim.SimHost;
import dev.rostrum.srtp.Slab;
import dev.rostrum.srtp.SrtpCipherProvider;
import dev.rostrum.srtp.SrtpKeys;
import dev.rostrum.srtp.SrtpProfile;
import dev.rostrum.srtp.SrtpReceiver;
import dev.rostrum.srtp.SrtpSender;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A client in a simulated network: a controlling ICE agent that checks as browsers do, and SRTP with injected keys.
 *
 * <p>Checks each packet that it receives; what is wrong is collected in {@link #faults}.
 */
final class SimPeer {

    static final int PAYLOAD_TYPE = 111;
    static final ExtensionIds EXTENSIONS = new ExtensionIds(4, 1, 0, 0, 0, 0, 0, 0, 0);

    private static final long MS = 1_000_000;
    private static final long CHECK_NS = 50 * MS;
    private static final long CONSENT_NS = 2_500 * MS;
    /** Browsers ask again soon when a check was not answered. */
    private static final long RETRY_NS = 500 * MS;

    private static final long FRAME_NS = 20 * MS;

    /** What else a client does with its connection: video. */
    interface Companion {

        /** An authentic packet that is of none of the audio slots. */
        void onRtp(RtpPacket packet, long nowNs);

        /** An authentic compound packet. */
        void onRtcp(Slab slab, int lengthBytes, long nowNs);

        /** The connection stands. */
        void onConnected(long nowNs);
    }

    final EndpointSpec spec;
    final List<String> faults = new ArrayList<>();
    /** When each CSRC was last heard (only packets with a voice, not the server's silence). */
    final Map<Integer, Long> heardAtNs = new HashMap<>();

    private final SimHost host;
    private final InetSocketAddress server;
    private final SplittableRandom random;
    private final SrtpSender sender;
    private final SrtpReceiver receiver;
    private final Slab out = Slab.allocate(2048);
    private final Slab in = Slab.allocate(2048);
    private final RtpPacket packet = new RtpPacket();
    private final RtcpWriter writer = new RtcpWriter();
    private final Map<Integer, SlotView> slots = new HashMap<>();
    private final Deadline check = new Deadline(this::onCheck);
    private final Deadline frame = new Deadline(this::onFrame);
    private IceCredentials credentials;
    private boolean nominated;
    private int unanswered;
    private boolean stopped;
    private boolean checksOnce;
    private int sequenceNumber;
    private int timestamp;
    private int levelDbov = 127;
    private long sent;
    private long received;
    private @Nullable Companion companion;

    /** What a slot has shown so far: extended sequence number → timestamp. */
    private static final class SlotView {
        final TreeMap<Long, Integer> timestamps = new TreeMap<>();
        long highest = -1;
        long packets;
    }

    SimPeer(
            String id,
            String spaceId,
            int csrc,
            int slotCount,
            List<? extends StreamSpec> more,
            SimHost host,
            InetSocketAddress server,
            long seed) {
        this.host = host;
        this.server = server;
        this.random = new SplittableRandom(seed);
        this.credentials = IceCredentials.random(random);
        this.sequenceNumber = random.nextInt(65536);
        this.timestamp = random.nextInt();
        List<StreamSpec> streams = new ArrayList<>();
        if (csrc != 0) {
            streams.add(new StreamSpec.Publish(
                    "mic", MediaKind.AUDIO, PAYLOAD_TYPE, 48_000, EXTENSIONS, List.of(), csrc, true));
        }
        for (int i = 0; i < slotCount; i++) {
            int ssrc = random.nextInt() | 1;
            streams.add(new StreamSpec.Slot("s" + i, MediaKind.AUDIO, PAYLOAD_TYPE, 48_000, EXTENSIONS, ssrc));
            slots.put(ssrc, new SlotView());
        }
        streams.addAll(more);
        this.spec = new EndpointSpec(
                id,
                spaceId,
                credentials,
                new IceCredentials("peer", "peerpeerpeerpeerpeerpeer"),
                new Fingerprint(new byte[32]),
                DtlsRole.SERVER,
                "cname",
                streams);
        SrtpKeys keys = keys(id, true);
        this.sender = new SrtpSender(keys, SrtpCipherProvider.select());
        this.receiver = new SrtpReceiver(keys, SrtpCipherProvider.select());
        host.setHandler((bytes, from, nowNs) -> onDatagram(bytes, nowNs));
    }

    /** The keys that both sides have agreed on without a handshake. */
    static SrtpKeys keys(String id, boolean client) {
        byte[] material = new byte[SrtpProfile.AEAD_AES_128_GCM.keyingMaterialLengthBytes()];
        new java.util.Random(id.hashCode()).nextBytes(material);
        return SrtpKeys.fromKeyingMaterial(SrtpProfile.AEAD_AES_128_GCM, material, client);
    }

    void accompany(Companion its) {
        companion = its;
    }

    SimHost host() {
        return host;
    }

    boolean stopped() {
        return stopped;
    }

    /** Encrypts and sends an RTP packet. */
    void sendRtp(byte[] plain, int headerLengthBytes) {
        if (!nominated || stopped) {
            return;
        }
        out.bytes().put(0, plain);
        int length =
                sender.protectRtp(out, 0, headerLengthBytes, out, headerLengthBytes, plain.length - headerLengthBytes);
        byte[] datagram = new byte[length];
        out.bytes().get(0, datagram);
        host.send(datagram, server);
    }

    /** Encrypts and sends RTCP in a compound packet. */
    void sendRtcp(RtcpMessage... messages) {
        if (!nominated || stopped) {
            return;
        }
        writer.begin(out.bytes(), 0, 1400);
        int ssrc = messages[0] instanceof RtcpMessage.SenderReport report ? report.ssrc() : 1;
        if (!(messages[0] instanceof RtcpMessage.SenderReport || messages[0] instanceof RtcpMessage.ReceiverReport)) {
            writer.add(new RtcpMessage.ReceiverReport(1, List.of()));
        }
        for (RtcpMessage message : messages) {
            if (!writer.add(message)) {
                throw new AssertionError("too long for a datagram: " + message);
            }
        }
        writer.addName(ssrc, new byte[] {'p', 'e', 'e', 'r'});
        byte[] datagram = new byte[sender.protectRtcp(out, 0, writer.end())];
        out.bytes().get(0, datagram);
        host.send(datagram, server);
    }

    /** Checks until it is answered and never again, as clients do that know no consent. */
    void checkOnce() {
        checksOnce = true;
    }

    /** Sends somebody else's check from the own address, as if it were forged. */
    void forgeCheckOf(SimPeer other) {
        host.send(StunClient.check(StunClient.transactionId(random), other.credentials, 1, true), server);
    }

    void start() {
        host.deadlines().schedule(check, host.nowNs() + random.nextLong(CHECK_NS));
    }

    /** Speaks at a level from now on: 0 is the loudest, 127 silence. */
    void speak(int level) {
        levelDbov = level;
        if (!frame.scheduled()) {
            host.deadlines().schedule(frame, host.nowNs() + random.nextLong(FRAME_NS));
        }
    }

    void stopSpeaking() {
        host.deadlines().cancel(frame);
    }

    /** Uses new credentials from now on, as after an ICE restart. */
    void restart(IceCredentials fresh) {
        credentials = fresh;
        nominated = false;
        host.deadlines().schedule(check, host.nowNs());
    }

    /** When a voice was last heard, or -1. */
    long heardAt(int csrc) {
        return heardAtNs.getOrDefault(csrc, -1L);
    }

    /** Goes away without a word. */
    void vanish() {
        stopped = true;
        host.deadlines().cancel(check);
        host.deadlines().cancel(frame);
    }

    InetSocketAddress address() {
        return host.address();
    }

    boolean connected() {
        return nominated;
    }

    long sent() {
        return sent;
    }

    long received() {
        return received;
    }

    /** The share of sequence numbers of the slots, between the first and the last, that never came. */
    double slotLoss() {
        long span = 0;
        long packets = 0;
        for (SlotView slot : slots.values()) {
            if (!slot.timestamps.isEmpty()) {
                span += slot.timestamps.lastKey() - slot.timestamps.firstKey() + 1;
                packets += slot.packets;
            }
        }
        return span == 0 ? 0 : 1 - (double) packets / span;
    }

    private void onCheck(long nowNs) {
        if (stopped || (checksOnce && nominated)) {
            return;
        }
        host.send(StunClient.check(StunClient.transactionId(random), credentials, 1_853_824_767L, true), server);
        long next = !nominated ? CHECK_NS : unanswered > 0 ? RETRY_NS : CONSENT_NS + random.nextLong(CONSENT_NS / 5);
        unanswered++;
        host.deadlines().schedule(check, nowNs + next);
    }

    private void onFrame(long nowNs) {
        host.deadlines().schedule(frame, nowNs + FRAME_NS);
        timestamp += 960;
        if (!nominated) {
            return;
        }
        var bytes = out.bytes();
        bytes.putShort(0, (short) (0x9000 | PAYLOAD_TYPE));
        bytes.putShort(2, (short) sequenceNumber++);
        bytes.putInt(4, timestamp);
        bytes.putInt(8, spec.id().hashCode());
        bytes.putInt(12, 0xBEDE0001);
        bytes.putInt(16, (EXTENSIONS.audioLevel() << 4) << 24 | (0x80 | levelDbov) << 16);
        for (int i = 0; i < 100; i++) {
            bytes.put(20 + i, (byte) random.nextInt());
        }
        int length = sender.protectRtp(out, 0, 20, out, 20, 100);
        byte[] datagram = new byte[length];
        bytes.get(0, datagram);
        host.send(datagram, server);
        sent++;
    }

    private void onDatagram(byte[] bytes, long nowNs) {
        if (stopped || bytes.length < 2) {
            return;
        }
        int first = bytes[0] & 0xFF;
        if (first <= 3) {
            if (StunClient.type(bytes) == 0x0101 && StunClient.isAuthentic(bytes, credentials.pwd())) {
                unanswered = 0;
                if (!nominated) {
                    nominated = true;
                    if (companion != null) {
                        companion.onConnected(nowNs);
                    }
                }
            }
            return;
        }
        if (first < 128 || first > 191) {
            faults.add("an unexpected datagram that begins with " + first);
            return;
        }
        in.bytes().put(0, bytes);
        int second = bytes[1] & 0xFF;
        if (second >= 192 && second <= 223) {
            var with = companion;
            int plain = with == null ? -1 : receiver.unprotectRtcp(in, 0, bytes.length);
            if (with != null && plain > 0) {
                with.onRtcp(in, plain, nowNs);
            }
            return;
        }
        int plain = receiver.unprotectRtp(in, 0, bytes.length);
        if (plain < 0) {
            return; // duplicates by the network
        }
        onRtp(plain, nowNs);
    }

    private void onRtp(int lengthBytes, long nowNs) {
        if (!packet.wrap(in.bytes(), 0, lengthBytes)) {
            faults.add("a malformed packet");
            return;
        }
        SlotView slot = slots.get(packet.ssrc());
        if (slot == null && companion != null) {
            companion.onRtp(packet, nowNs);
            return;
        }
        received++;
        if (slot == null) {
            faults.add("an SSRC that was never announced: " + Integer.toHexString(packet.ssrc()));
            return;
        }
        if (packet.csrcCount() != 1) {
            faults.add("a packet that names nobody");
            return;
        }
        if (packet.csrc(0) == ownCsrc()) {
            faults.add("one's own voice");
        }
        if (packet.payloadLengthBytes() > 3) {
            heardAtNs.put(packet.csrc(0), nowNs);
        }
        long extended = packet.sequenceNumber();
        if (slot.highest >= 0) {
            extended = slot.highest + (short) (packet.sequenceNumber() - slot.highest);
        }
        Integer before = slot.timestamps.put(extended, packet.timestamp());
        if (before != null) {
            faults.add("a sequence number twice: " + extended);
        }
        slot.packets++;
        slot.highest = Math.max(slot.highest, extended);
        var lower = slot.timestamps.lowerEntry(extended);
        if (lower != null && packet.timestamp() - lower.getValue() <= 0) {
            faults.add("a timestamp that does not advance: " + lower + " then " + extended + "=" + packet.timestamp());
        }
    }

    private int ownCsrc() {
        for (StreamSpec stream : spec.streams()) {
            if (stream instanceof StreamSpec.Publish publish) {
                return publish.csrc();
            }
        }
        return 0;
    }
}
