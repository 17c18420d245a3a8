package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.loop.Passage;
import dev.rostrum.sfu.video.VideoInfo;
import java.util.List;

/**
 * What the routers of one space tell each other across shards, in the order of the media on the same link.
 *
 * <p>Immutable, as all that crosses shards.
 */
sealed interface SpaceMessage {

    /** The number of the space in this server. */
    int spaceKey();

    /** What another shard must know of a publication to forward its packets. */
    record PublicationInfo(int csrc, ExtensionIds extensions) {

        public PublicationInfo {
            if (csrc == 0) {
                throw new IllegalArgumentException("a publication's CSRC is never 0");
            }
        }
    }

    /**
     * The sender has endpoints of the space.
     *
     * @param hasSlots whether it wants packets
     * @param publications all audio that its endpoints publish
     * @param videos all video that its endpoints publish and may publish
     * @param answer whether the receiver shall answer with the same of its own
     */
    record Present(
            int spaceKey,
            int shard,
            boolean hasSlots,
            List<PublicationInfo> publications,
            List<VideoInfo> videos,
            boolean answer)
            implements SpaceMessage {

        public Present {
            publications = List.copyOf(publications);
            videos = List.copyOf(videos);
        }
    }

    /** The sender has no endpoint of the space any more. */
    record Absent(int spaceKey, int shard) implements SpaceMessage {}

    /** An endpoint of the sender publishes from now on. */
    record Published(int spaceKey, PublicationInfo publication) implements SpaceMessage {}

    /** A publication of the sender's has ended. */
    record Unpublished(int spaceKey, int csrc) implements SpaceMessage {}

    /** From the space's home: who fills the slots, the best first. */
    record Ranked(int spaceKey, RankedSpeakers speakers) implements SpaceMessage {}

    /** Says, when it is met, that all that was sent before it on the same link has been forwarded. */
    record Marker(int spaceKey, Passage passage) implements SpaceMessage {}

    /** An endpoint of the sender publishes video from now on. */
    record VideoPublished(int spaceKey, VideoInfo video) implements SpaceMessage {}

    /** Video of the sender's is not forwarded any more. */
    record VideoUnpublished(int spaceKey, int csrc) implements SpaceMessage {}

    /** Slots of a shard want the packets of the receiver's video, or do not any more. */
    record VideoWanted(int spaceKey, int csrc, int shard, boolean wanted) implements SpaceMessage {}

    /** A slot of the sender's needs a key frame of the receiver's video. */
    record KeyFrameWanted(int spaceKey, int csrc, int encoding) implements SpaceMessage {}

    /** What the timestamps of the sender's video mean in its publisher's time (RFC 3550 §6.4.1). */
    record VideoClock(int spaceKey, int csrc, int ssrc, long ntp, int rtpTimestamp) implements SpaceMessage {}
}
