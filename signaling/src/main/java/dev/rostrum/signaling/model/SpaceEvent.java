package dev.rostrum.signaling.model;

import dev.rostrum.signaling.model.Media.Source;
import org.jspecify.annotations.Nullable;

/**
 * What happened in a space, told to participants who are connected.
 *
 * <p>Immutable. One event object goes to all its receivers, so that its encoding can be shared.
 */
public sealed interface SpaceEvent {

    /** To everybody: somebody came onto the stage, or something of somebody on the stage changed. */
    record Stage(Participant participant) implements SpaceEvent {}

    /** To everybody: the participant is not on the stage any more. */
    record Left(String participant) implements SpaceEvent {}

    /** To host and co-hosts: somebody raised or lowered a hand; to a participant: theirs was lowered. */
    record Hand(Participant participant) implements SpaceEvent {}

    /** To everybody, at most about once a second: the number of listeners. */
    record Counts(int listeners) implements SpaceEvent {}

    /** To everybody: the space itself changed. */
    record SpaceChanged(SpaceInfo space) implements SpaceEvent {}

    /**
     * To one participant: your role is another now.
     *
     * @param muted whether you are muted in it
     * @param by the id of the participant who changed it, if one did
     */
    record RoleChanged(Role role, boolean muted, @Nullable String by) implements SpaceEvent {}

    /** To one participant: another muted your microphone, or took your camera or screen off. */
    record Muted(String by, Source source) implements SpaceEvent {}

    /**
     * To one participant: what became of your media.
     *
     * @param reason why it closed, else empty
     */
    record Media(MediaState state, String reason) implements SpaceEvent {}

    /**
     * To one participant: what a video slot of yours carries, or why it does not carry what it could.
     *
     * @param mid the slot's m-line
     * @param participant whose picture it is; absent if they are gone
     * @param source camera or screen; absent with the participant
     */
    record Video(
            String mid,
            @Nullable String participant,
            @Nullable Source source,
            VideoState state) implements SpaceEvent {}

    /** What becomes of a video slot. */
    enum VideoState {
        /** It carries the picture. */
        CARRIED("carried"),
        /** The network is too slow even for the smallest picture; it comes back by itself. */
        PAUSED("paused"),
        /** It is in a codec that the client did not offer. */
        UNDECODABLE("undecodable"),
        /** Nothing comes any more. */
        ENDED("ended");

        private final String text;

        VideoState(String text) {
            this.text = text;
        }

        /** The state as messages write it. */
        public String text() {
            return text;
        }
    }

    /** The life of a participant's media. */
    enum MediaState {
        /** The transport is up. */
        CONNECTED("connected"),
        /** The first packet since the last change of permission was forwarded. */
        PUBLISHING("publishing"),
        /** The transport is gone: join again with a new offer. */
        CLOSED("closed");

        private final String text;

        MediaState(String text) {
            this.text = text;
        }

        /** The state as messages write it. */
        public String text() {
            return text;
        }
    }
}
