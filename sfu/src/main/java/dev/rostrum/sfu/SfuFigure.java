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

    static SfuFigure ofReason(String name, String help, Enum<?> reason, long value) {
        return new SfuFigure(name, help, true, "reason", reason.name().toLowerCase(Locale.ROOT), value);
    }

    static SfuFigure ofShard(String name, String help, boolean counter, int shard, double value) {
        return new SfuFigure(name, help, counter, "shard", Integer.toString(shard), value);
    }

    static SfuFigure of(String name, String help, boolean counter, double value) {
        return new SfuFigure(name, help, counter, "", "", value);
    }
}
