package dev.rostrum.bench.fanout;

import java.io.IOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * The fan-outs that gates measure, in the sizes in which they do.
 *
 * <p>Stateless.
 */
public enum FanOut {
    /** One speaker's packets to 1,000 listeners. */
    AUDIO {
        @Override
        public Contest open() throws IOException {
            return new AudioFanOut(1000, 100);
        }
    },
    /** A camera's packets to 200 subscribers who send feedback. */
    VIDEO {
        @Override
        public Contest open() throws IOException, InterruptedException {
            return new VideoFanOut(200);
        }
    };

    /** Opens its sockets and connects everybody; whoever asked closes it. */
    public abstract Contest open() throws IOException, InterruptedException;

    /** As commands write it: {@code audio-fan-out}. */
    public String title() {
        return name().toLowerCase(Locale.ROOT) + "-fan-out";
    }

    /** The one with this title; empty if there is none. */
    public static Optional<FanOut> titled(String title) {
        return Arrays.stream(values())
                .filter(fanOut -> fanOut.title().equals(title))
                .findFirst();
    }
}
