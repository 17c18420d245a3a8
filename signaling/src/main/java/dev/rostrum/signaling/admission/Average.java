package dev.rostrum.signaling.admission;

/**
 * An average that forgets: what is older than the memory counts for about a third.
 *
 * <p>Owned by whoever made it.
 */
final class Average {

    private final double memorySeconds;
    private double value;
    private boolean known;

    Average(double memorySeconds) {
        this.memorySeconds = memorySeconds;
    }

    /** Takes in what held for so long. */
    void add(double sample, double heldSeconds) {
        if (!known) {
            known = true;
            value = sample;
        } else {
            value += (sample - value) * -Math.expm1(-heldSeconds / memorySeconds);
        }
    }

    /** Begins anew with a value. */
    void reset(double sample) {
        known = true;
        value = sample;
    }

    double value() {
        return value;
    }

    boolean known() {
        return known;
    }
}
