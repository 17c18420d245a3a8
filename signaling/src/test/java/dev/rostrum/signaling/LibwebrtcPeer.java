package dev.rostrum.signaling;

import dev.onvoid.webrtc.CreateSessionDescriptionObserver;
import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.PeerConnectionObserver;
import dev.onvoid.webrtc.RTCConfiguration;
import dev.onvoid.webrtc.RTCIceCandidate;
import dev.onvoid.webrtc.RTCOfferOptions;
import dev.onvoid.webrtc.RTCPeerConnection;
import dev.onvoid.webrtc.RTCPeerConnectionState;
import dev.onvoid.webrtc.RTCRtpReceiver;
import dev.onvoid.webrtc.RTCRtpTransceiverDirection;
import dev.onvoid.webrtc.RTCRtpTransceiverInit;
import dev.onvoid.webrtc.RTCSdpType;
import dev.onvoid.webrtc.RTCSessionDescription;
import dev.onvoid.webrtc.RTCStats;
import dev.onvoid.webrtc.RTCStatsReport;
import dev.onvoid.webrtc.RTCStatsType;
import dev.onvoid.webrtc.SetSessionDescriptionObserver;
import dev.onvoid.webrtc.media.audio.AudioTrack;
import dev.onvoid.webrtc.media.audio.CustomAudioSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A PeerConnection of libwebrtc that may speak a tone, and hears by its slots.
 *
 * <p>Owned by one test, which closes it.
 */
final class LibwebrtcPeer implements AutoCloseable {

    private static final int SAMPLE_RATE_HZ = 48_000;
    private static final int FRAME = SAMPLE_RATE_HZ / 100;
    private static final double AMPLITUDE = 0.5;
    private static final long ANSWER_MS = 20_000;

    /**
     * What the statistics say since the first packet. They say nothing useful about concealment: with two connections the
     * headless device was seen to play 2.1 s of samples within a second.
     */
    record Reception(long packets, long lost, long discarded) {

        Reception plus(Reception other) {
            return new Reception(packets + other.packets, lost + other.lost, discarded + other.discarded);
        }
    }

    private final PeerConnectionFactory factory;
    private final RTCPeerConnection connection;
    private final CustomAudioSource source = new CustomAudioSource();
    private final List<Ear> ears = new ArrayList<>();
    private final List<AudioTrack> heard = new ArrayList<>();
    private final ScheduledExecutorService microphone = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "microphone");
        thread.setDaemon(true);
        return thread;
    });
    private long spoken;

    /**
     * @param speaks whether its first m-line is a microphone
     * @param slots how many m-lines it hears by
     */
    LibwebrtcPeer(PeerConnectionFactory factory, boolean speaks, int slots) {
        this.factory = factory;
        this.connection = factory.createPeerConnection(new RTCConfiguration(), new PeerConnectionObserver() {
            @Override
            public void onIceCandidate(RTCIceCandidate candidate) {} // a lite agent needs none
        });
        if (speaks) {
            addLine(RTCRtpTransceiverDirection.SEND_ONLY, "microphone");
        }
        for (int i = 0; i < slots; i++) {
            RTCRtpReceiver receiver = addLine(RTCRtpTransceiverDirection.RECV_ONLY, "slot" + i);
            Ear ear = new Ear();
            AudioTrack track = (AudioTrack) receiver.getTrack();
            track.addSink(ear);
            heard.add(track);
            ears.add(ear);
        }
    }

    private RTCRtpReceiver addLine(RTCRtpTransceiverDirection direction, String name) {
        AudioTrack track = factory.createAudioTrack(name, source);
        RTCRtpTransceiverInit init = new RTCRtpTransceiverInit();
        init.direction = direction;
        return connection.addTransceiver(track, init).getReceiver();
    }

    /** Speaks this tone from now on, at the pace of a microphone. */
    void speak(double hz) {
        var _ = microphone.scheduleAtFixedRate(
                () -> {
                    byte[] pcm = Tone.samples(hz, SAMPLE_RATE_HZ, spoken, FRAME, AMPLITUDE);
                    spoken += FRAME;
                    source.pushAudio(pcm, 16, SAMPLE_RATE_HZ, 1, FRAME);
                },
                0,
                10,
                TimeUnit.MILLISECONDS);
    }

    /** Makes an offer and takes it as its own. */
    String offer() throws InterruptedException {
        CompletableFuture<RTCSessionDescription> created = new CompletableFuture<>();
        connection.createOffer(new RTCOfferOptions(), new CreateSessionDescriptionObserver() {
            @Override
            public void onSuccess(RTCSessionDescription description) {
                created.complete(description);
            }

            @Override
            public void onFailure(String error) {
                created.completeExceptionally(new IllegalStateException(error));
            }
        });
        RTCSessionDescription offer = get(created);
        CompletableFuture<Boolean> set = new CompletableFuture<>();
        connection.setLocalDescription(offer, observer(set));
        get(set);
        return offer.sdp;
    }

    /** Takes the server's answer. */
    void answer(String sdp) throws InterruptedException {
        CompletableFuture<Boolean> set = new CompletableFuture<>();
        connection.setRemoteDescription(new RTCSessionDescription(RTCSdpType.ANSWER, sdp), observer(set));
        get(set);
    }

    private static SetSessionDescriptionObserver observer(CompletableFuture<Boolean> done) {
        return new SetSessionDescriptionObserver() {
            @Override
            public void onSuccess() {
                done.complete(true);
            }

            @Override
            public void onFailure(String error) {
                done.completeExceptionally(new IllegalStateException(error));
            }
        };
    }

    private static <T> T get(CompletableFuture<T> future) throws InterruptedException {
        try {
            return future.get(ANSWER_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError("libwebrtc refused or did not answer", e);
        }
    }

    RTCPeerConnectionState state() {
        return connection.getConnectionState();
    }

    /** Whether one slot, and only one, is this tone. */
    boolean hears(double hz) {
        return ears.stream().filter(ear -> ear.hears(hz)).count() == 1;
    }

    /** Whether no slot has any sound. A slot that nothing was ever sent on delivers nothing. */
    boolean hearsNothing() {
        return ears.stream().allMatch(ear -> ear.hearsSilence() || ear.isIdle());
    }

    /** Forgets what its slots have delivered, so that only what comes from now on counts. */
    void forget() {
        ears.forEach(Ear::forget);
    }

    /** What its slots are like, for people. */
    String describe(double hz) {
        return state() + " " + ears.stream().map(ear -> ear.describe(hz)).toList();
    }

    /** How many packets its microphone has sent. */
    long sent() throws InterruptedException {
        return statistics().stream()
                .filter(stats -> stats.getType() == RTCStatsType.OUTBOUND_RTP)
                .mapToLong(stats -> number(stats.getAttributes(), "packetsSent"))
                .sum();
    }

    private Collection<RTCStats> statistics() throws InterruptedException {
        CompletableFuture<RTCStatsReport> delivered = new CompletableFuture<>();
        connection.getStats(delivered::complete);
        return get(delivered).getStats().values();
    }

    /** All slots' statistics, added up. */
    Reception reception() throws InterruptedException {
        Reception sum = new Reception(0, 0, 0);
        for (RTCStats stats : statistics()) {
            if (stats.getType() == RTCStatsType.INBOUND_RTP) {
                Map<String, Object> values = stats.getAttributes();
                sum = sum.plus(new Reception(
                        number(values, "packetsReceived"),
                        number(values, "packetsLost"),
                        number(values, "packetsDiscarded")));
            }
        }
        return sum;
    }

    private static long number(Map<String, Object> values, String name) {
        return values.get(name) instanceof Number number ? number.longValue() : 0;
    }

    @Override
    public void close() {
        microphone.shutdownNow();
        try {
            if (!microphone.awaitTermination(5, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the microphone does not end");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (int i = 0; i < heard.size(); i++) {
            heard.get(i).removeSink(ears.get(i));
        }
        connection.close(); // tracks and source go with what refers to them; to dispose of them is refused until then
    }
}
