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
    private long newestNs;

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

    /** A packet of its own or a repeated one has come. */
    void came(long nowNs) {
        newestNs = nowNs;
    }

    /** When a packet came last. */
    long newestNs() {
        return newestNs;
    }

    /** It has ended, or another has come in its place: nothing is reported and nothing asked for until it sends again. */
    void end() {
        statistics.end();
        nacks.clear();
    }

    NackGenerator nacks() {
        return nacks;
    }
}
