package dev.rostrum.bench.media;

import dev.rostrum.dtls.DtlsHandshakes;
import dev.rostrum.dtls.DtlsIdentity;
import dev.rostrum.dtls.DtlsTransport;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.loop.Deadline;
import dev.rostrum.sfu.rtcp.ReportBlock;
import dev.rostrum.sfu.rtcp.RtcpMessage;
import dev.rostrum.sfu.rtcp.RtcpMessage.ReceiverReport;
import dev.rostrum.sfu.rtcp.RtcpMessage.SenderReport;
import dev.rostrum.sfu.rtcp.RtcpMessage.SourceDescription;
import dev.rostrum.srtp.Slab;
import dev.rostrum.srtp.SrtpCipherProvider;
import dev.rostrum.srtp.SrtpKeys;
import dev.rostrum.srtp.SrtpReceiver;
import dev.rostrum.srtp.SrtpSender;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One simulated PeerConnection: a path of its own to the server, DTLS, SRTP both ways.
 *
 * <p>Opened on any thread; from {@link #start} on owned by its loop.
 */
public final class MediaConnection {

    private static final int RTCP_ROOM_BYTES = 1200;

    private final MediaLoop loop;
    private final Hearing hearing;
    private final MediaOwner owner;
    private final DtlsHandshakes handshakes;
    private final DtlsIdentity identity;
    private final SrtpCipherProvider ciphers;
    private final IcePath path;
    private final int ssrc;
    private final Deadline reportDeadline = new Deadline(this::onReportDeadline);
    private boolean closed;
    private @Nullable DtlsTransport dtls;
    private boolean dtlsStarted;
    private @Nullable SrtpReceiver receiver;
    private @Nullable SrtpSender sender;
    private @Nullable Microphone microphone;
    private @Nullable Voice voice;
    private @Nullable Camera camera;
    private @Nullable Viewing viewing;
    private boolean heard;
    private volatile boolean connected;

    MediaConnection(
            MediaLoop loop,
            Hearing hearing,
            MediaOwner owner,
            DtlsHandshakes handshakes,
            DtlsIdentity identity,
            SrtpCipherProvider ciphers,
            IcePath path,
            int ssrc) {
        this.loop = loop;
        this.hearing = hearing;
        this.owner = owner;
        this.handshakes = handshakes;
        this.identity = identity;
        this.ciphers = ciphers;
        this.path = path;
        this.ssrc = ssrc;
    }

    /** For the offer. */
    public IceCredentials credentials() {
        return path.credentials();
    }

    /** For the offer: its only candidate. */
    public InetSocketAddress local() {
        return path.local();
    }

    /** For the offer: the SSRC of the microphone. */
    public int ssrc() {
        return ssrc;
    }

    /** For the offer. */
    public DtlsIdentity identity() {
        return identity;
    }

    /** Whether media can flow: the handshake is done and the path answers. Any thread may ask. */
    public boolean connected() {
        return connected;
    }

    int clientId() {
        return hearing.id;
    }

    int group() {
        return hearing.group;
    }

    /** Whether ice4j's agent found its path. */
    boolean isOfIce4j() {
        return path.isOfIce4j();
    }

    /** Films from its connection on. Before {@link #start}. */
    public void film() {
        camera = new Camera(this, loop, ssrc + 1);
    }

    /** Looks at what comes from its connection on. Before {@link #start}. */
    public void view() {
        viewing = new Viewing(this, loop);
    }

    /** What it has to do with video. */
    Pictures pictures() {
        return (camera == null ? Pictures.NONE : camera.pictures())
                .plus(viewing == null ? Pictures.NONE : viewing.pictures());
    }

    void forgetExtremes() {
        if (camera != null) {
            camera.forgetExtremes();
        }
    }

    /** Connects to what the answer described. Any thread. */
    public void start(RemoteDescription remote) {
        loop.execute(() -> {
            if (closed) {
                return;
            }
            hearing.onConnection(this);
            microphone = new Microphone(this, loop, ssrc, remote.payloadType());
            dtls = new DtlsTransport(
                    handshakes, identity, remote.localRole(), remote.fingerprint(), new HandshakeSink());
            path.start(remote, new PathSink());
        });
    }

    /** Takes new credentials for an ICE restart, whose offer is to have them. Any thread, before {@link #restart}. */
    void renewCredentials(RandomGenerator random) throws IOException {
        path.renew(random);
    }

    /** Goes on with the credentials of an ICE restart. Any thread. */
    public void restart(IceCredentials remote, List<InetSocketAddress> candidates) {
        loop.execute(() -> {
            if (!closed) {
                path.restart(remote, candidates);
            }
        });
    }

    /** Speaks with this voice from now on, or with null is silent, whether the server wants it or not. Any thread. */
    public void speak(@Nullable Voice next) {
        loop.execute(() -> {
            voice = next;
            if (microphone != null && sender != null) {
                microphone.speak(next, MediaLoop.clockNs());
            }
        });
    }

    /** While cut, nothing comes in and nothing goes out. Any thread. */
    public void cut(boolean now) {
        path.cut(now);
    }

    /** Moves to another port, as a phone does that changes its network, and checks the path from there at once. */
    public void changeAddress() {
        loop.execute(() -> {
            try {
                path.move();
            } catch (IOException e) {
                fail("it could not move: " + e.getMessage());
            }
        });
    }

    /** Says goodbye by DTLS and closes the socket. Any thread. */
    public void leave() {
        loop.execute(() -> {
            if (dtls != null && !closed) {
                dtls.close(); // close_notify comes back by a task, which then closes
                Deadline patience = new Deadline(_ -> close());
                loop.deadlines.schedule(patience, MediaLoop.clockNs() + 50_000_000L);
            } else {
                close();
            }
        });
    }

    /** Vanishes without a word. Any thread. */
    public void abandon() {
        loop.execute(this::close);
    }

    void close() {
        if (closed) {
            return;
        }
        closed = true;
        connected = false;
        loop.deadlines.cancel(reportDeadline);
        if (microphone != null) {
            microphone.speak(null, 0);
        }
        if (camera != null) {
            camera.stop();
        }
        if (viewing != null) {
            viewing.stop();
        }
        loop.exit(this);
        path.close();
        if (dtls != null) {
            dtls.close();
        }
        if (receiver != null) {
            receiver.close();
        }
        if (sender != null) {
            sender.close();
        }
    }

    private void fail(String reason) {
        if (!closed) {
            close();
            owner.onFailed(this, reason, MediaLoop.clockNs());
        }
    }

    private void onRtp(Slab in, int offset, int lengthBytes, long nowNs) {
        SrtpReceiver keyed = receiver;
        if (keyed == null || lengthBytes < 28) {
            return;
        }
        ByteBuffer bytes = in.bytes();
        int csrcs = bytes.get(offset) & 0x0f;
        int sequenceNumber = bytes.getShort(offset + 2) & 0xffff;
        int csrc = csrcs == 0 ? 0 : bytes.getInt(offset + 12);
        hearing.onPacket(bytes.getInt(offset + 8), sequenceNumber, bytes.getInt(offset + 4), csrc, nowNs);
        if (viewing != null) {
            viewing.onPacket(bytes, offset, lengthBytes, nowNs);
        }
        if (!heard) {
            heard = true;
            owner.onFirstPacket(this, nowNs);
        }
        if ((sequenceNumber + hearing.id) % loop.settings.checkEvery() == 0) {
            check(keyed, in, offset, lengthBytes, nowNs);
        }
    }

    private void check(SrtpReceiver keyed, Slab in, int offset, int lengthBytes, long nowNs) {
        int plainBytes = keyed.unprotectRtp(in, offset, lengthBytes);
        hearing.checked++;
        if (plainBytes < 0) {
            hearing.forged++;
            return;
        }
        ByteBuffer bytes = in.bytes();
        int header = 12 + 4 * (bytes.get(offset) & 0x0f);
        if ((bytes.get(offset) & 0x10) != 0) {
            header += 4 + 4 * (bytes.getShort(offset + header + 2) & 0xffff);
        }
        int payload = offset + header;
        if (Stamp.is(bytes, payload, plainBytes - header)) {
            loop.onLatency(
                    hearing.group, nowNs - Stamp.scheduledNs(bytes, payload), nowNs - Stamp.sentNs(bytes, payload));
            hearing.onStamp(Stamp.speaker(bytes, payload), Stamp.sentNs(bytes, payload));
        }
    }

    private void onRtcp(Slab in, int offset, int lengthBytes, long nowNs) {
        SrtpReceiver keyed = receiver;
        if (keyed == null) {
            return;
        }
        int plainBytes = keyed.unprotectRtcp(in, offset, lengthBytes);
        ByteBuffer bytes = in.bytes();
        int at = offset;
        while (plainBytes >= 0 && at + 8 <= offset + plainBytes) {
            int messageBytes = 4 + 4 * (bytes.getShort(at + 2) & 0xffff);
            int type = bytes.get(at + 1) & 0xff;
            int format = bytes.get(at) & 0x1f;
            if (type == 206 && camera != null && (format == 1 || format == 4) && messageBytes >= 12) {
                // Of a full intra request the SSRC comes later (RFC 5104 §4.3.1).
                int wanted = format == 4 && messageBytes >= 16 ? at + 12 : at + 8;
                camera.onKeyFrameRequest(wanted + 4 <= offset + plainBytes ? bytes.getInt(wanted) : 0, nowNs);
            }
            if (type == 200 && at + 16 <= offset + plainBytes) {
                ReceivedStream stream = hearing.find(bytes.getInt(at + 4));
                if (stream != null) {
                    stream.onSenderReport(bytes.getInt(at + 10), nowNs);
                }
            }
            at += messageBytes;
        }
    }

    private void onReportDeadline(long nowNs) {
        loop.deadlines.schedule(
                reportDeadline, nowNs + (long) (loop.settings.reportNs() * (0.5 + loop.random.nextDouble())));
        SrtpSender keyed = sender;
        if (keyed == null || !path.isFound()) {
            return;
        }
        List<ReportBlock> blocks = new ArrayList<>();
        for (ReceivedStream stream : hearing.streams()) {
            blocks.add(stream.report(nowNs));
        }
        Microphone speaking = microphone;
        loop.rtcp.begin(loop.out.bytes(), 0, RTCP_ROOM_BYTES);
        if (speaking != null && speaking.packets() > 0) {
            long ntp = ((nowNs / 1_000_000_000L) << 32) + ((nowNs % 1_000_000_000L) << 32) / 1_000_000_000L;
            loop.rtcp.add(new SenderReport(
                    ssrc,
                    ntp,
                    speaking.timestamp(nowNs),
                    speaking.packets(),
                    speaking.packets() * Stamp.LENGTH_BYTES,
                    blocks));
        } else {
            loop.rtcp.add(new ReceiverReport(ssrc, blocks));
        }
        loop.rtcp.add(new SourceDescription(List.of(new SourceDescription.Chunk(ssrc, "load"))));
        int lengthBytes = keyed.protectRtcp(loop.out, 0, loop.rtcp.end());
        if (lengthBytes > 0) {
            path.send(lengthBytes);
        }
    }

    /** Sends one message by RTCP. */
    void sendRtcp(RtcpMessage message) {
        SrtpSender keyed = sender;
        if (keyed == null || !path.isFound()) {
            return;
        }
        loop.rtcp.begin(loop.out.bytes(), 0, RTCP_ROOM_BYTES);
        loop.rtcp.add(new ReceiverReport(ssrc, List.of()));
        loop.rtcp.add(new SourceDescription(List.of(new SourceDescription.Chunk(ssrc, "load"))));
        loop.rtcp.add(message);
        int lengthBytes = keyed.protectRtcp(loop.out, 0, loop.rtcp.end());
        if (lengthBytes > 0) {
            path.send(lengthBytes);
        }
    }

    /** Protects and sends the RTP packet in the loop's outgoing memory; whether the system took it. */
    boolean sendRtp(int headerBytes, int payloadBytes) {
        SrtpSender keyed = sender;
        if (keyed == null || !path.isFound()) {
            return false;
        }
        int lengthBytes = keyed.protectRtp(loop.out, 0, headerBytes, loop.out, headerBytes, payloadBytes);
        hearing.sent++;
        return lengthBytes > 0 && path.send(lengthBytes);
    }

    private final class PathSink implements IcePath.Sink {

        @Override
        public void onDatagram(Slab in, int offset, int lengthBytes, long nowNs) {
            int first = in.bytes().get(offset) & 0xff;
            if (first >= 128 && first < 192) {
                int type = in.bytes().get(offset + 1) & 0x7f;
                if (type >= 64 && type < 96) {
                    onRtcp(in, offset, lengthBytes, nowNs);
                } else {
                    onRtp(in, offset, lengthBytes, nowNs);
                }
            } else if (first >= 20 && first < 64 && dtls != null) {
                dtls.onDatagram(in.bytes(), offset, lengthBytes);
            }
        }

        @Override
        public void onState(IcePath.State state, long nowNs) {
            switch (state) {
                case CONNECTED -> {
                    if (!dtlsStarted && dtls != null) {
                        dtlsStarted = true;
                        dtls.start();
                    }
                    connected = sender != null;
                    owner.onPath(MediaConnection.this, nowNs);
                }
                case DISCONNECTED -> {
                    connected = false;
                    owner.onDisconnected(MediaConnection.this, nowNs);
                }
                case FAILED -> fail("no path: the server does not answer checks");
                case CHECKING -> {}
            }
        }
    }

    private final class HandshakeSink implements DtlsTransport.Sink {

        @Override
        public void onSend(byte[] datagram) {
            loop.execute(() -> {
                loop.out.bytes().put(0, datagram);
                path.send(datagram.length);
            });
        }

        @Override
        public void onConnected(SrtpKeys keys) {
            loop.execute(() -> {
                if (closed) {
                    return;
                }
                receiver = new SrtpReceiver(keys, ciphers);
                sender = new SrtpSender(keys, ciphers);
                connected = true;
                long nowNs = MediaLoop.clockNs();
                loop.deadlines.schedule(
                        reportDeadline, nowNs + (long) (loop.settings.reportNs() * loop.random.nextDouble()));
                if (voice != null && microphone != null) {
                    microphone.speak(voice, nowNs);
                }
                if (camera != null) {
                    camera.start(nowNs);
                }
                if (viewing != null) {
                    viewing.start(nowNs);
                }
                owner.onConnected(MediaConnection.this, nowNs);
            });
        }

        @Override
        public void onFailed(String reason) {
            loop.execute(() -> fail("no handshake: " + reason));
        }

        @Override
        public void onClosed() {
            loop.execute(() -> fail("the server ended it"));
        }
    }
}
