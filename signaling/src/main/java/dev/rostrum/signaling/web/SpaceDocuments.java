package dev.rostrum.signaling.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.signaling.model.Participant;
import dev.rostrum.signaling.model.SpaceInfo;
import dev.rostrum.signaling.space.Space;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the REST doors answer, as JSON documents.
 *
 * <p>Immutable records.
 */
final class SpaceDocuments {

    private SpaceDocuments() {}

    /** Where to go: the page for people, and the doors for WHIP and WHEP clients. */
    record Links(String page, String whip, String whep) {

        static Links of(String base, String spaceId) {
            String door = base + "/v1/spaces/" + spaceId;
            return new Links(base + "/s/" + spaceId, door + "/whip", door + "/whep");
        }
    }

    /** Tokens for the three kinds of participants. */
    record SpaceTokens(String host, String speaker, String listener) {}

    /**
     * A space that was just made.
     *
     * @param durable whether it would survive the death of the process
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Created(
            String id,
            String title,
            String state,
            boolean video,
            @Nullable List<String> videoCodecs,
            boolean listed,
            Instant createdAt,
            @Nullable Instant startsAt,
            Links links,
            SpaceTokens tokens,
            boolean durable) {}

    /** Somebody on the stage. */
    record OnStage(String id, String name, String role, boolean muted) {

        static OnStage of(Participant participant) {
            return new OnStage(
                    participant.id(), participant.name(), participant.role().text(), participant.muted());
        }
    }

    /** A space, for everybody. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Details(
            String id,
            String title,
            String state,
            boolean video,
            @Nullable List<String> videoCodecs,
            boolean listed,
            Instant createdAt,
            @Nullable Instant startsAt,
            @Nullable Instant startedAt,
            @Nullable Instant endedAt,
            int listeners,
            List<OnStage> stage,
            @Nullable Links links) {

        static Details of(Space space) {
            SpaceInfo info = space.info();
            return new Details(
                    info.id(),
                    info.title(),
                    info.state().text(),
                    info.video(),
                    names(info.videoCodecs()),
                    info.listed(),
                    info.createdAt(),
                    info.startsAt(),
                    info.startedAt(),
                    info.endedAt(),
                    space.listeners(),
                    space.stage().stream().map(OnStage::of).toList(),
                    null);
        }

        Details with(Links newLinks) {
            return new Details(
                    id,
                    title,
                    state,
                    video,
                    videoCodecs,
                    listed,
                    createdAt,
                    startsAt,
                    startedAt,
                    endedAt,
                    listeners,
                    stage,
                    newLinks);
        }
    }

    /** Codecs as documents write them; null for none. */
    static @Nullable List<String> names(List<VideoCodec> codecs) {
        return codecs.isEmpty() ? null : codecs.stream().map(VideoCodec::name).toList();
    }

    /** The listed spaces. */
    record Listing(List<Details> spaces) {}

    /** A token that was just issued. */
    record Token(String token) {}
}
