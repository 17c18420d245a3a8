package dev.rostrum.signaling.offer;

import dev.rostrum.signaling.sdp.MediaDescription.Codec;
import dev.rostrum.signaling.sdp.Numbers;
import java.util.ArrayList;
import java.util.List;

/**
 * What an answer asks of those who send Opus (RFC 7587 §6.1).
 *
 * <p>Immutable.
 *
 * @param inbandFec whether packets shall carry a copy of the one before
 * @param dtx whether silence shall be sent as a packet now and then instead of 50 a second
 * @param stereo whether two channels are wanted
 * @param maxAverageBitrate in bits per second, 6000 to 510000
 * @param ptimeMs the preferred duration of a packet: 10, 20, 40 or 60 are understood by browsers; 0 says nothing
 * @param maxptimeMs the longest duration of a packet, at least {@code ptimeMs}; 0 says nothing
 */
public record OpusSettings(
        boolean inbandFec, boolean dtx, boolean stereo, int maxAverageBitrate, int ptimeMs, int maxptimeMs) {

    /** For voices. */
    public static final OpusSettings SPEECH = new OpusSettings(true, true, false, 32_000, 20, 0);

    /** For music: nothing is left out. */
    public static final OpusSettings MUSIC = new OpusSettings(true, false, true, 128_000, 20, 0);

    /** Throws {@link IllegalArgumentException} if a number is out of its range. */
    public OpusSettings {
        if (maxAverageBitrate < 6_000 || maxAverageBitrate > 510_000) {
            throw new IllegalArgumentException("Opus takes 6000 to 510000 bit/s, not " + maxAverageBitrate);
        }
        if (ptimeMs < 0 || ptimeMs > 120 || maxptimeMs < 0 || maxptimeMs > 120) {
            throw new IllegalArgumentException("An Opus packet lasts at most 120 ms");
        }
        if (maxptimeMs != 0 && maxptimeMs < ptimeMs) {
            throw new IllegalArgumentException("maxptime is shorter than ptime");
        }
    }

    /** The {@code a=fmtp} of an m-line on which the offerer sends, hears, or both. */
    String parameters(Codec offered, boolean offererSends, boolean offererHears) {
        List<String> parameters = new ArrayList<>();
        String minptime = offered.parameter("minptime");
        if (minptime != null && Numbers.read(minptime, 120) > 0) {
            parameters.add("minptime=" + minptime);
        }
        parameters.add("useinbandfec=" + (inbandFec ? 1 : 0));
        if (offererSends) {
            parameters.add("usedtx=" + (dtx ? 1 : 0));
            parameters.add("stereo=" + (stereo ? 1 : 0));
            parameters.add("maxaveragebitrate=" + maxAverageBitrate);
        }
        if (offererHears && stereo) {
            parameters.add("sprop-stereo=1"); // what the slots carry was sent on the same terms
        }
        return String.join(";", parameters);
    }
}
