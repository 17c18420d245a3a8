package dev.rostrum.signaling.web;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.sfu.CloseReason;
import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.MediaKind;
import dev.rostrum.sfu.Sfu;
import dev.rostrum.sfu.SfuListener;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.VideoNotice;
import dev.rostrum.sfu.VideoWish;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.signaling.model.JoinRequest.Door;
import dev.rostrum.signaling.model.Media;
import dev.rostrum.signaling.model.SpaceEvent.VideoState;
import dev.rostrum.signaling.model.SpaceInfo;
import dev.rostrum.signaling.offer.Answer;
import dev.rostrum.signaling.offer.AnswerPolicy;
import dev.rostrum.signaling.offer.AnswerPolicy.LocalTransport;
import dev.rostrum.signaling.offer.OfferAnswer;
import dev.rostrum.signaling.offer.OpusSettings;
import dev.rostrum.signaling.sdp.SdpException;
import dev.rostrum.signaling.sdp.SessionDescription;
import dev.rostrum.signaling.space.Session;
import dev.rostrum.signaling.space.Spaces;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The endpoints that participants have in the SFU: makes them from offers, and passes on what becomes of them.
 *
 * <p>Owned by the signaling loop: every method is called on it, except those of {@link SfuListener} and {@link #draft},
 * which any thread may call.
 */
public final class MediaSessions implements Media, SfuListener {

    private static final Logger LOG = LoggerFactory.getLogger(MediaSessions.class);

    /** What a check says is not used: it only finds out whether an offer can be answered. */
    private static final int ANY_CSRC = 4;

    private static final int SCREEN_SOUND_BITRATE = 96_000;

    /** Hears what becomes of one endpoint; called on the loop. */
    interface Watch {
        Watch NOBODY = new Watch() {
            @Override
            public void connected() {}

            @Override
            public void closed() {}
        };

        /** Its keys are there. */
        void connected();

        /** It is gone. */
        void closed();
    }

    /** What is kept of an endpoint for an ICE restart. */
    private static final class Endpoint {
        private final Door door;
        private final long seed;
        private EndpointSpec spec;
        private int restarts;
        private Watch watch = Watch.NOBODY;

        Endpoint(Door door, long seed, EndpointSpec spec) {
            this.door = door;
            this.seed = seed;
            this.spec = spec;
        }
    }

    private final SignalingLoop loop;
    private final OpusSettings opus;
    private final int audioSlots;
    private final int videoSlots;
    private final SecureRandom random;
    private final Map<String, Endpoint> endpoints = new HashMap<>();
    private final Supplier<Sfu> sfu;
    private @Nullable Spaces spaces;
    private final AtomicLong created = new AtomicLong();

    /**
     * @param sfu asked for only after it was started; it needs this object as its listener
     * @param opus what publishers are asked to send
     * @param audioSlots how many speakers anybody hears at once at most
     * @param videoSlots how many pictures anybody sees at once at most, in spaces with video
     */
    public MediaSessions(
            SignalingLoop loop,
            Supplier<Sfu> sfu,
            OpusSettings opus,
            int audioSlots,
            int videoSlots,
            SecureRandom random) {
        this.loop = loop;
        this.sfu = sfu;
        this.opus = opus;
        this.audioSlots = audioSlots;
        this.videoSlots = videoSlots;
        this.random = random;
    }

    /** Says who hears of endpoints; once, before the first one is made. */
    public void tell(Spaces listener) {
        spaces = listener;
    }

    /**
     * Finds out whether an offer can be answered in any space, so that nobody joins with one that can't, and answers it
     * as far as that does not depend on the space. Any thread.
     *
     * @throws SdpException if it can't be answered
     */
    AnswerDraft draft(Door door, SessionDescription offer) throws SdpException {
        if (offer.media().stream().anyMatch(media -> !media.type().equals("audio"))) {
            Answer tried = check(door, List.of(VideoCodec.values()), offer);
            boolean sound = tried.endpoint().streams().stream().anyMatch(stream -> stream.kind() == MediaKind.AUDIO);
            return new AnswerDraft(offer, null, 0, sound);
        }
        long seed = random.nextLong();
        AnswerPolicy policy = policy(
                newEndpointId(),
                "draft",
                door,
                List.of(),
                ANY_CSRC,
                _ -> false,
                sfu.get().newCredentials());
        return new AnswerDraft(offer, OfferAnswer.answer(offer, policy, new SplittableRandom(seed)), seed, true);
    }

    /**
     * Finds out whether an offer of which there is a draft can be answered in this space: one whose video alone can be
     * used may find none there, or not in its codecs.
     *
     * @throws SdpException if not
     */
    void check(Door door, SpaceInfo space, AnswerDraft draft) throws SdpException {
        if (!draft.anywhere()) {
            var _ = check(door, space.videoCodecs(), draft.offer());
        }
    }

    private Answer check(Door door, List<VideoCodec> codecs, SessionDescription offer) throws SdpException {
        AnswerPolicy policy = policy(
                "check", "check", door, codecs, ANY_CSRC, _ -> true, sfu.get().newCredentials());
        return OfferAnswer.answer(offer, policy, new SplittableRandom(1));
    }

    /**
     * Answers the offer of a session that just joined, and lets its endpoint connect.
     *
     * @param watch hears what becomes of the endpoint, on the loop
     */
    Answer open(Session session, String spaceId, Door door, AnswerDraft draft, Watch watch) throws SdpException {
        List<VideoCodec> videoCodecs = session.space().info().videoCodecs();
        int csrc = session.participant().csrc();
        long seed = draft.seed();
        Answer answer;
        if (draft.answer() != null && videoCodecs.isEmpty()) {
            answer = AnswerDraft.of(
                    draft.answer(), spaceId, Source.MICROPHONE.csrc(csrc), session.permitted(Source.MICROPHONE));
        } else {
            seed = random.nextLong();
            AnswerPolicy policy = policy(
                    newEndpointId(),
                    spaceId,
                    door,
                    videoCodecs,
                    csrc,
                    session::permitted,
                    sfu.get().newCredentials());
            answer = OfferAnswer.answer(draft.offer(), policy, new SplittableRandom(seed));
        }
        String endpointId = answer.endpoint().id();
        LOG.debug("{} of {} by {}; not used of its offer: {}", endpointId, spaceId, door, answer.refusals());
        Endpoint endpoint = new Endpoint(door, seed, answer.endpoint());
        endpoint.watch = watch;
        endpoints.put(endpointId, endpoint);
        sfu.get().add(answer.endpoint());
        session.attach(endpointId, publications(answer.endpoint()));
        return answer;
    }

    private String newEndpointId() {
        return "e" + Long.toString(created.incrementAndGet(), 36);
    }

    /** Ends an endpoint that was too slow on its way in. */
    void giveUp(String endpointId, String reason) {
        if (spaces != null) {
            spaces.endpointClosed(endpointId, reason, SignalingLoop.nowNs());
        }
        remove(endpointId);
    }

    /** What an endpoint was made with; null if it is gone. */
    @Nullable
    EndpointSpec endpoint(String endpointId) {
        Endpoint endpoint = endpoints.get(endpointId);
        return endpoint == null ? null : endpoint.spec;
    }

    /**
     * Restarts ICE with new credentials of the peer's.
     *
     * @return the new ones of this side, or null if the endpoint is gone
     */
    @Nullable
    IceCredentials restartIce(String endpointId, IceCredentials remote) {
        Endpoint endpoint = endpoints.get(endpointId);
        IceCredentials local = sfu.get().newCredentials();
        if (endpoint == null || !sfu.get().restartIce(endpointId, local, remote)) {
            return null;
        }
        EndpointSpec old = endpoint.spec;
        endpoint.spec = new EndpointSpec(
                old.id(),
                old.spaceId(),
                local,
                remote,
                old.remoteFingerprint(),
                old.dtlsRole(),
                old.cname(),
                old.streams());
        return local;
    }

    /**
     * Restarts ICE with a new offer of the same PeerConnection. The answer is made from the same seed as the first one,
     * so that all but the credentials is the same; an offer that changes anything else is refused.
     *
     * @return the SDP answer, or null if the endpoint is gone
     * @throws RestartException if the offer is not one of the same session
     */
    @Nullable
    String restartIce(Session session, SessionDescription offer) throws SdpException, RestartException {
        String endpointId = session.endpointId();
        Endpoint endpoint = endpointId == null ? null : endpoints.get(endpointId);
        if (endpointId == null || endpoint == null) {
            return null;
        }
        EndpointSpec old = endpoint.spec;
        IceCredentials local = sfu.get().newCredentials();
        AnswerPolicy policy = policy(
                endpointId,
                old.spaceId(),
                endpoint.door,
                session.space().info().videoCodecs(),
                session.participant().csrc(),
                session::permitted,
                local);
        Answer answer = OfferAnswer.answer(offer, policy, new SplittableRandom(endpoint.seed));
        EndpointSpec now = answer.endpoint();
        if (!sameMedia(old, now)) {
            throw new RestartException("This offer changes more than ICE; join again with it instead.");
        }
        if (now.remote().equals(old.remote())) {
            throw new RestartException(
                    "This offer has the ICE credentials of the one before; make it with iceRestart: true.");
        }
        if (!sfu.get().restartIce(endpointId, local, now.remote())) {
            return null;
        }
        endpoint.spec = now;
        endpoint.restarts++;
        return withVersion(answer.sdp(), endpoint.restarts);
    }

    /** An offer that was to restart ICE does something else. */
    static final class RestartException extends Exception {

        private static final long serialVersionUID = 1;

        RestartException(String message) {
            super(message, null, false, false);
        }
    }

    private static boolean sameMedia(EndpointSpec old, EndpointSpec now) {
        return old.remoteFingerprint().equals(now.remoteFingerprint())
                && old.cname().equals(now.cname())
                && old.streams().stream()
                        .map(MediaSessions::unpermitted)
                        .toList()
                        .equals(now.streams().stream()
                                .map(MediaSessions::unpermitted)
                                .toList());
    }

    /** The stream without what changes by command while it lives. */
    private static StreamSpec unpermitted(StreamSpec stream) {
        return switch (stream) {
            case StreamSpec.Slot slot -> slot;
            case StreamSpec.VideoSlot slot -> slot;
            case StreamSpec.VideoPublish p ->
                new StreamSpec.VideoPublish(
                        p.mid(),
                        p.formats(),
                        p.extensions(),
                        p.ssrcs(),
                        p.retransmissionSsrcs(),
                        p.rids(),
                        p.feedback(),
                        p.screen(),
                        p.csrc(),
                        false);
            case StreamSpec.Publish p ->
                new StreamSpec.Publish(
                        p.mid(),
                        p.kind(),
                        p.payloadType(),
                        p.clockRateHz(),
                        p.extensions(),
                        p.ssrcs(),
                        p.csrc(),
                        false);
        };
    }

    /** The text with a higher version in its o= line (RFC 3264 §8). */
    private static String withVersion(String sdp, int more) {
        int start = sdp.indexOf("o=");
        int end = sdp.indexOf('\r', start);
        String[] fields = sdp.substring(start, end).split(" ");
        fields[2] = Long.toString(Long.parseLong(fields[2]) + more);
        return sdp.substring(0, start) + String.join(" ", fields) + sdp.substring(end);
    }

    private AnswerPolicy policy(
            String endpointId,
            String spaceId,
            Door door,
            List<VideoCodec> videoCodecs,
            int csrc,
            Predicate<Source> permitted,
            IceCredentials local) {
        boolean video = !videoCodecs.isEmpty();
        boolean listens = door != Door.WHIP;
        return new AnswerPolicy(
                endpointId,
                spaceId,
                new LocalTransport(local, sfu.get().fingerprint(), sfu.get().candidates(), DtlsRole.SERVER),
                sources(door, video).stream()
                        .map(source -> new AnswerPolicy.Publication(
                                kind(source),
                                source.csrc(csrc),
                                permitted.test(source),
                                source == Source.SCREEN,
                                source == Source.SCREEN_AUDIO ? soundOf(opus) : opus))
                        .toList(),
                listens ? audioSlots : 0,
                video ? new AnswerPolicy.Video(videoCodecs, listens ? videoSlots : 0) : AnswerPolicy.Video.NONE,
                opus,
                video ? AnswerPolicy.VIDEO_EXTENSIONS : AnswerPolicy.AUDIO_EXTENSIONS);
    }

    /** What can be published by a door, in the order in which an offer's m-lines of each kind have it. */
    private static List<Source> sources(Door door, boolean video) {
        return switch (door) {
            case WEBSOCKET -> video ? List.of(Source.values()) : List.of(Source.MICROPHONE);
            case WHIP -> video ? List.of(Source.MICROPHONE, Source.CAMERA) : List.of(Source.MICROPHONE);
            case WHEP -> List.of();
        };
    }

    private static MediaKind kind(Source source) {
        return switch (source) {
            case MICROPHONE, SCREEN_AUDIO -> MediaKind.AUDIO;
            case CAMERA, SCREEN -> MediaKind.VIDEO;
        };
    }

    /** Whatever plays on a screen is no voice: in stereo, and without gaps. */
    private static OpusSettings soundOf(OpusSettings voice) {
        return new OpusSettings(
                voice.inbandFec(),
                false,
                true,
                Math.max(SCREEN_SOUND_BITRATE, voice.maxAverageBitrate()),
                voice.ptimeMs(),
                voice.maxptimeMs());
    }

    private static List<Publication> publications(EndpointSpec spec) {
        List<Publication> publications = new ArrayList<>();
        for (StreamSpec stream : spec.streams()) {
            switch (stream) {
                case StreamSpec.Publish p -> publications.add(new Publication(p.mid(), Source.of(p.csrc())));
                case StreamSpec.VideoPublish p -> publications.add(new Publication(p.mid(), Source.of(p.csrc())));
                case StreamSpec.Slot _, StreamSpec.VideoSlot _ -> {}
            }
        }
        return publications;
    }

    /** How many endpoints there are. */
    int size() {
        return endpoints.size();
    }

    @Override
    public CompletionStage<Void> permit(String endpointId, String mid, boolean permitted) {
        return sfu.get().permit(endpointId, mid, permitted);
    }

    @Override
    public void fillAudioSlots(String endpointId, int count) {
        sfu.get().fillAudioSlots(endpointId, count);
    }

    @Override
    public void watch(String endpointId, List<Wish> wishes) {
        sfu.get()
                .setVideoWishes(
                        endpointId,
                        wishes.stream()
                                .map(wish -> new VideoWish(wish.mid(), wish.csrc(), wish.maxHeight(), wish.pinned()))
                                .toList());
    }

    @Override
    public void remove(String endpointId) {
        sfu.get().remove(endpointId);
        closed(endpointId); // at once for clients; the SFU's own word comes later and finds nothing
    }

    @Override
    public void onConnected(String endpointId) {
        loop.execute(() -> {
            Endpoint endpoint = endpoints.get(endpointId);
            if (endpoint != null) {
                endpoint.watch.connected();
            }
            if (spaces != null) {
                spaces.endpointConnected(endpointId);
            }
        });
    }

    @Override
    public void onClosed(String endpointId, CloseReason reason, String detail) {
        String text = detail.isEmpty() ? text(reason) : text(reason) + ": " + detail;
        loop.execute(() -> {
            closed(endpointId);
            if (spaces != null) {
                spaces.endpointClosed(endpointId, text, SignalingLoop.nowNs());
            }
        });
    }

    @Override
    public void onPublishing(String endpointId, String mid) {
        tellSpaces(s -> s.endpointPublishing(endpointId));
    }

    @Override
    public void onVideo(String endpointId, String mid, int csrc, VideoNotice notice) {
        VideoState state =
                switch (notice) {
                    case CARRIED -> VideoState.CARRIED;
                    case PAUSED_BANDWIDTH -> VideoState.PAUSED;
                    case UNDECODABLE -> VideoState.UNDECODABLE;
                    case ENDED -> VideoState.ENDED;
                };
        tellSpaces(s -> s.endpointVideo(endpointId, mid, csrc, state));
    }

    private void tellSpaces(java.util.function.Consumer<Spaces> word) {
        loop.execute(() -> {
            if (spaces != null) {
                word.accept(spaces);
            }
        });
    }

    private void closed(String endpointId) {
        Endpoint endpoint = endpoints.remove(endpointId);
        if (endpoint != null) {
            endpoint.watch.closed();
        }
    }

    private static String text(CloseReason reason) {
        return switch (reason) {
            case CLOSED_HERE -> "closed by the server";
            case CLOSED_BY_PEER -> "closed by the client";
            case NEVER_CONNECTED -> "never connected";
            case CONSENT_EXPIRED -> "connection lost";
            case HANDSHAKE_FAILED -> "the DTLS handshake failed";
            case INTERNAL_ERROR -> "a fault of the server";
        };
    }
}
