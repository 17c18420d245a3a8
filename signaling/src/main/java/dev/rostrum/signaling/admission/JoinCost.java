package dev.rostrum.signaling.admission;

import java.util.Arrays;

/**
 * The processor time of one join, as far as it can be told: the least that a few seconds together have said of late. The
 * threads that let people in do other work too, such as for those who leave, and that can only add to it.
 *
 * <p>Owned by {@link Headroom}.
 */
final class JoinCost {

    /** Until it has been measured. */
    private static final double USUAL_SECONDS = 0.0015;

    private static final double LEAST_SECONDS = 0.000_2;
    private static final double MOST_SECONDS = 0.05;

    /** Joins are counted at their end and cost something before: so many readings are taken together. */
    private static final int TOGETHER = 3;

    /** So many are remembered; then the machine, or what runs on it, may have become slower. */
    private static final int REMEMBERED = 10;

    private final double[] joins = new double[TOGETHER];
    private final double[] cpuSeconds = new double[TOGETHER];
    private final double[] costs = new double[REMEMBERED];
    private int readings;

    JoinCost() {
        Arrays.fill(costs, Double.POSITIVE_INFINITY);
    }

    /** About a second in which so many were let in, and so much time was spent on that and on other things. */
    void add(double joined, double spentSeconds) {
        joins[readings % TOGETHER] = joined;
        cpuSeconds[readings % TOGETHER] = spentSeconds;
        costs[readings % REMEMBERED] =
                Arrays.stream(cpuSeconds).sum() / Arrays.stream(joins).sum();
        readings++;
    }

    /** What one takes, in seconds. */
    double seconds() {
        double least = Arrays.stream(costs).min().orElse(Double.POSITIVE_INFINITY);
        return readings == 0 ? USUAL_SECONDS : Math.clamp(least, LEAST_SECONDS, MOST_SECONDS);
    }
}
