package dev.rostrum.sfu.video;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.sfu.rtp.SequenceUnwrapper;
import dev.rostrum.sfu.stream.NackGenerator;
import dev.rostrum.sfu.stream.ReceptionStatistics;

/**
 * One SSRC of video that an endpoint sends: an encoding of a publication, or the retransmissions of one.
 *
 * <p>Owned by its endpoint's reception.
 */
final class IncomingVideo {

    private final int ssrc;
    private final VideoIngest ingest;
    private final int encoding;
    private final boolean retransmissions;
    private final ReceptionStatistics statistics = new ReceptionStatistics(VideoCodec.CLOCK_RATE_HZ);
    private final SequenceUnwrapper unwrapper = new SequenceUnwrapper();
    private final NackGenerator nacks = new NackGenerator();

    IncomingVideo(int ssrc, VideoIngest ingest, int encoding, boolean retransmissions) {
        this.ssrc = ssrc;
        this.ingest = ingest;
        this.encoding = encoding;
        this.retransmissions = retransmissions;
    }

    int ssrc() {
        return ssrc;
    }

    /** The m-line that it belongs to. */
    VideoIngest ingest() {
        return ingest;
    }

    /** Which encoding it is, or repeats; 0 the smallest. */
    int encoding() {
        return encoding;
    }

    /** Whether it repeats packets of another SSRC (RFC 4588). */
    boolean retransmissions() {
        return retransmissions;
    }

    ReceptionStatistics statistics() {
        return statistics;
    }

    /** The number of a packet of its own or of a repeated one, without wrap-around. */
    long unwrap(int sequenceNumber) {
        return unwrapper.unwrap(sequenceNumber);
    }

    NackGenerator nacks() {
        return nacks;
    }
}
