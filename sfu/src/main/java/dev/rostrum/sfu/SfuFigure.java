package dev.rostrum.sfu;

import java.util.Locale;

/**
 * One figure of a running SFU, for its metrics.
 *
 * <p>Immutable.
 *
 * @param name in snake case, with its unit, without a prefix
 * @param help what it means
 * @param counter whether it only ever grows; else it goes up and down
 * @param label what tells it from others of the same name, such as {@code shard} or {@code reason}; empty for nothing
 * @param labelValue the value of the label
 */
public record SfuFigure(String name, String help, boolean counter, String label, String labelValue, double value) {

    private static final double NS_PER_SECOND = 1e9;

    /** A number of things. */
    static SfuFigure count(String name, String help, boolean counter, long count) {
        double value = count;
        return new SfuFigure(name, help, counter, "", "", value);
    }

    /** A number of things that only grows, for one reason. */
    static SfuFigure reasonCount(String name, String help, Enum<?> reason, long count) {
        double value = count;
        return new SfuFigure(name, help, true, "reason", reason.name().toLowerCase(Locale.ROOT), value);
    }

    /** A number of things that only grows, of one shard. */
    static SfuFigure shardCount(String name, String help, int shard, long count) {
        double value = count;
        return new SfuFigure(name, help, true, "shard", Integer.toString(shard), value);
    }

    /** A time of one shard. */
    static SfuFigure shardSeconds(String name, String help, boolean counter, int shard, long timeNs) {
        double value = timeNs / NS_PER_SECOND;
        return new SfuFigure(name, help, counter, "shard", Integer.toString(shard), value);
    }
}
