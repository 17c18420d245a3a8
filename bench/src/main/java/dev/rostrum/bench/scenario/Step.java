package dev.rostrum.bench.scenario;

import dev.rostrum.bench.server.Target.Door;
import java.time.Duration;

/**
 * One thing that a scenario does. Steps run one after the other; while they do, everybody who is in goes on.
 *
 * <p>Immutable.
 */
public sealed interface Step {

    /** By what its figures begin. */
    String name();

    /** How loud the stage is from here on: nobody, everybody without a pause, as people talk, or the same number always. */
    record Talk(String name, Mode mode) implements Step {
        /** See {@link Talk}. */
        public enum Mode {
            SILENT,
            STEADY,
            MODEL,
            TURNS
        }
    }

    /**
     * Listeners come, on a schedule that no slow answer delays, until all are in or the patience is over.
     *
     * @param group the group that they belong to
     * @param rate joins per second; 0 for all at once
     * @param times if not 0, the rate is this many times that of the step {@code base}
     * @param base the name of an earlier join step whose rate counts; empty for none
     * @param patience how long the last one may take after all have come
     */
    record Join(
            String name,
            String group,
            int listeners,
            Door door,
            double rate,
            double times,
            String base,
            Duration patience)
            implements Step {}

    /** Listeners of a group go; −1 for all. */
    record Leave(String name, String group, int listeners) implements Step {}

    /** Nothing happens for a while: nobody measures. */
    record Pause(String name, Duration time) implements Step {}

    /**
     * Measures for a while.
     *
     * @param memory whether the server's memory is measured at the end, after a full collection
     */
    record Measure(String name, Duration time, boolean memory) implements Step {}

    /** So many come and go per second, while it is measured. */
    record Churn(String name, String group, double rate, Duration time, Door door) implements Step {}

    /** Listeners are promoted, speak, and are demoted: so many changes per second, while it is measured. */
    record Promote(String name, int people, double rate, Duration time) implements Step {}

    /** Adds listeners in steps until packets are lost; measures after each. */
    record Search(String name, String group, int first, int by, int last, Duration time, Door door) implements Step {}

    /**
     * Silences the stage, and lets the bare loop send to all listeners' sockets at one speaker's pace, where the server
     * runs: what the step {@code of} cost per packet is told as a multiple of that.
     */
    record Yardstick(String name, String base, Duration time) implements Step {}
}
