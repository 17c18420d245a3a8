package dev.rostrum.bench.gate;

import dev.rostrum.bench.fanout.ByTurns;
import dev.rostrum.bench.fanout.Contest;
import dev.rostrum.bench.fanout.FanOut;
import java.io.IOException;
import java.util.List;
import java.util.Locale;

/**
 * Something that a build measures, and bounds that it must keep. All are ratios to a yardstick that is measured in the
 * same run, or bytes: never times, because machines and their moods differ. docs/performance.md says how the bounds were
 * chosen.
 *
 * <p>Stateless; a gate is measured in a fresh JVM, so that none is compiled for what another did.
 */
public enum Gate {
    /** One speaker's packets to 1,000 listeners, beside the bare loop. */
    AUDIO_FAN_OUT {
        @Override
        public Verdict measure() throws IOException, InterruptedException {
            return contest(FanOut.AUDIO, 60, 100, 1.30, 0.01);
        }
    },
    /** A camera's packets to 200 subscribers with feedback, beside the bare loop. */
    VIDEO_FAN_OUT {
        @Override
        public Verdict measure() throws IOException, InterruptedException {
            return contest(FanOut.VIDEO, 30, 60, 1.8, 1);
        }
    },
    /** Joins by WHEP at a real server, beside the signatures and key agreements that a handshake needs. */
    JOIN {
        @Override
        public Verdict measure() throws IOException, InterruptedException {
            return new JoinContest().verdict(title(), 2.2);
        }
    };

    /** Measures it; takes some 20 seconds. */
    public abstract Verdict measure() throws IOException, InterruptedException;

    /** As commands write it. */
    public String title() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Verdict contest(FanOut fanOut, int warmUp, int windows, double mostRatio, double mostBytes)
            throws IOException, InterruptedException {
        try (Contest contest = fanOut.open()) {
            ByTurns turns = new ByTurns(contest);
            turns.run(warmUp, false);
            turns.run(windows, true);
            return new Verdict(
                    fanOut.title(),
                    List.of(
                            new Verdict.Figure(
                                    "processor time per packet / the yardstick's", turns.ratio(), mostRatio, 3),
                            new Verdict.Figure(
                                    "bytes allocated per packet", turns.allocatedBytesPerPacket(), mostBytes, 3)),
                    turns.report());
        }
    }
}
