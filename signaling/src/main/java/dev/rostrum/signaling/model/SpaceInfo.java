package dev.rostrum.signaling.model;

import dev.rostrum.sfu.VideoCodec;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a space is, apart from who is in it.
 *
 * <p>Immutable; safe for any thread.
 *
 * @param id the space's name in links; letters, digits, {@code -} and {@code _}
 * @param title what people call it; at most 200 characters
 * @param video whether cameras and screens may be shown
 * @param videoCodecs the codecs in which they are, the preferred first; empty without video
 * @param listed whether the public list of spaces has it
 * @param createdAt when it was created
 * @param startsAt when it is announced to start, if it was announced; nothing happens by itself then
 * @param startedAt when the first participant who may publish joined, if any did
 * @param endedAt when it ended, if it has
 */
public record SpaceInfo(
        String id,
        String title,
        SpaceState state,
        boolean video,
        List<VideoCodec> videoCodecs,
        boolean listed,
        Instant createdAt,
        @Nullable Instant startsAt,
        @Nullable Instant startedAt,
        @Nullable Instant endedAt) {

    public SpaceInfo {
        videoCodecs = List.copyOf(videoCodecs);
    }

    /** The same, from now on live. */
    public SpaceInfo live(Instant now) {
        return new SpaceInfo(id, title, SpaceState.LIVE, video, videoCodecs, listed, createdAt, startsAt, now, null);
    }

    /** The same, from now on over. */
    public SpaceInfo ended(Instant now) {
        return new SpaceInfo(
                id, title, SpaceState.ENDED, video, videoCodecs, listed, createdAt, startsAt, startedAt, now);
    }
}
