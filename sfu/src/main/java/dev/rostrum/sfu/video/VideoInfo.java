package dev.rostrum.sfu.video;

import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.VideoFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What every shard must know of a video publication to forward its packets.
 *
 * <p>Immutable; crosses shards.
 *
 * @param csrc the id under which subscribers see it; never 0, unique in its space
 * @param voice the CSRC of the audio that the same endpoint publishes, 0 if none: whose camera it is
 * @param shard the index of the shard that receives it
 * @param screen whether it shows a screen
 * @param extensions the ids under which its publisher sends header extensions
 * @param formats its codecs, by the publisher's payload types
 * @param encodings how many encodings it has: 1, or the layers of simulcast
 */
public record VideoInfo(
        int csrc,
        int voice,
        int shard,
        boolean screen,
        ExtensionIds extensions,
        List<VideoFormat> formats,
        int encodings) {

    /** As many as the layer selection handles. */
    public static final int MAX_ENCODINGS = 4;

    public VideoInfo {
        formats = List.copyOf(formats);
        if (csrc == 0) {
            throw new IllegalArgumentException("a publication's CSRC is never 0");
        }
        if (encodings < 1 || encodings > MAX_ENCODINGS) {
            throw new IllegalArgumentException(encodings + " encodings; 1 to " + MAX_ENCODINGS + " can be handled");
        }
    }

    static VideoInfo of(StreamSpec.VideoPublish publish, int voice, int shard) {
        return new VideoInfo(
                publish.csrc(),
                voice,
                shard,
                publish.screen(),
                publish.extensions(),
                publish.formats(),
                Math.clamp(publish.rids().size(), 1, MAX_ENCODINGS));
    }

    /** The codec of a payload type; null if it isn't one of the media. */
    @Nullable
    VideoCodec codecOf(int payloadType) {
        for (int i = 0; i < formats.size(); i++) {
            if (formats.get(i).payloadType() == payloadType) {
                return formats.get(i).codec();
            }
        }
        return null;
    }
}
