package dev.rostrum.sfu.congestion;

import dev.rostrum.sfu.sim.SimLink;
import java.util.List;
import java.util.Locale;

/**
 * One network, and who else uses it.
 *
 * @param steps the bottleneck's rate over time; the first at 0
 * @param link delay, jitter and loss behind the bottleneck
 * @param slots how many videos the viewer watches
 * @param others what else passes the bottleneck
 */
record VideoScenario(String name, int lengthS, List<Step> steps, SimLink link, int slots, Others others, Goals goals) {

    /** From then on the bottleneck has this rate. */
    record Step(int atS, long rateBps) {}

    /** What else passes the bottleneck. */
    enum Others {
        NOBODY,
        /** 1 Mbit/s from 20 s to 70 s, whatever happens. */
        CONSTANT,
        /** A download by TCP Reno, from 20 s on. */
        TCP,
        /** Another viewer of the same kind, from 20 s on. */
        VIEWER,
        /** Nobody, but from 5 s on all holds still now and then, for 0.1 to 0.8 s: Wi-Fi, or a machine that is busy. */
        STALLS
    }

    /**
     * What must hold.
     *
     * @param estimate the least mean estimate, as a share of what the link has
     * @param shown the least share of the time with the layer that fits
     * @param queueMs the highest 95th percentile of the bottleneck queue's delay
     * @param gapMs the longest time between two frames
     * @param changes the most layer changes per 10 s
     */
    record Goals(double estimate, double shown, double queueMs, double gapMs, double changes) {

        static final Goals STEADY = new Goals(0.8, 0.95, 100, 300, 1);
        static final Goals STEP = new Goals(0.8, 0.95, 100, 1_500, 10);

        /** Lost repetitions of lost packets take their time; no bitrate can help that. */
        static final Goals LOSS = new Goals(0.8, 0.95, 100, 500, 1);

        /** Jitter as long as six frames hides for a while what the network carries. */
        static final Goals JITTER = new Goals(0.8, 0.85, 130, 1_000, 3);

        /** Another one that reacts: who has how much goes to and fro. */
        static final Goals SHARED = new Goals(0.8, 0.95, 100, 300, 4);

        /** While nothing comes, nothing is seen. */
        static final Goals STALLS = new Goals(0.8, 0.85, 100, 1_200, 3);

        /** TCP fills the queue, whatever we do, and takes what is left while a layer waits for its place. */
        static final Goals TCP = new Goals(0.8, 0, 310, 1_500, 3);
    }

    private static final int MS = 1_000_000;
    private static final SimLink USUAL = SimLink.PERFECT.withDelay(25 * MS, 2 * MS);

    private static VideoScenario steady(long rateBps, int slots) {
        String name = String.format(Locale.ROOT, "steady %.1f Mbit/s, %d slots", rateBps / 1e6, slots);
        return new VideoScenario(name, 90, List.of(new Step(0, rateBps)), USUAL, slots, Others.NOBODY, Goals.STEADY);
    }

    private static VideoScenario of(String name, SimLink link, Others others, Step... steps) {
        Goals goals =
                switch (others) {
                    case VIEWER -> Goals.SHARED;
                    case TCP -> Goals.TCP;
                    case STALLS -> Goals.STALLS;
                    default -> {
                        if (steps.length > 1) {
                            yield Goals.STEP;
                        }
                        yield link.jitterNs() > 100 * MS
                                ? Goals.JITTER
                                : link.loss() + link.goodToBad() > 0 ? Goals.LOSS : Goals.STEADY;
                    }
                };
        return new VideoScenario(name, 90, List.of(steps), link, 1, others, goals);
    }

    static List<VideoScenario> all() {
        return List.of(
                steady(200_000, 1),
                steady(500_000, 1),
                steady(1_000_000, 1),
                steady(3_000_000, 1),
                steady(3_000_000, 2),
                steady(10_000_000, 1),
                steady(10_000_000, 6),
                of(
                        "step 3 / 0.7 / 3 Mbit/s",
                        USUAL,
                        Others.NOBODY,
                        new Step(0, 3_000_000),
                        new Step(30, 700_000),
                        new Step(60, 3_000_000)),
                of(
                        "step 2.5 / 1 / 2.5 Mbit/s",
                        USUAL,
                        Others.NOBODY,
                        new Step(0, 2_500_000),
                        new Step(30, 1_000_000),
                        new Step(60, 2_500_000)),
                of(
                        "step 2 / 0.3 / 2 Mbit/s",
                        USUAL,
                        Others.NOBODY,
                        new Step(0, 2_000_000),
                        new Step(30, 300_000),
                        new Step(60, 2_000_000)),
                of("5 % random loss, 1 Mbit/s", USUAL.withLoss(0.05), Others.NOBODY, new Step(0, 1_000_000)),
                of("5 % random loss, 3 Mbit/s", USUAL.withLoss(0.05), Others.NOBODY, new Step(0, 3_000_000)),
                of("burst loss, 3 Mbit/s", USUAL.withBurstLoss(0.005, 0.2), Others.NOBODY, new Step(0, 3_000_000)),
                of(
                        "200 ms jitter, 1 Mbit/s",
                        USUAL.withDelay(25 * MS, 200 * MS),
                        Others.NOBODY,
                        new Step(0, 1_000_000)),
                of(
                        "200 ms jitter, 3 Mbit/s",
                        USUAL.withDelay(25 * MS, 200 * MS),
                        Others.NOBODY,
                        new Step(0, 3_000_000)),
                of("stalls, 10 Mbit/s", USUAL, Others.STALLS, new Step(0, 10_000_000)),
                of("stalls, 1 Mbit/s", USUAL, Others.STALLS, new Step(0, 1_000_000)),
                of("competing 1 of 3 Mbit/s constant", USUAL, Others.CONSTANT, new Step(0, 3_000_000)),
                of("competing viewer, 2.5 Mbit/s", USUAL, Others.VIEWER, new Step(0, 2_500_000)),
                of("competing TCP, 4 Mbit/s", USUAL, Others.TCP, new Step(0, 4_000_000)));
    }

    long rateBps(double atS) {
        long rate = 0;
        for (Step step : steps) {
            rate = atS >= step.atS() ? step.rateBps() : rate;
        }
        return rate;
    }

    /** What of the link is this viewer's. */
    long shareBps(double atS) {
        long rate = rateBps(atS);
        return switch (others) {
            case NOBODY, STALLS -> rate;
            case CONSTANT -> atS >= 20 && atS < 70 ? rate - 1_000_000 : rate;
            case TCP, VIEWER -> atS >= 20 ? rate / 2 : rate;
        };
    }

    /** Whether the network has been as it is for 10 s. */
    boolean settled(double atS) {
        boolean settled = atS >= 10;
        for (Step step : steps) {
            settled &= atS < step.atS() || atS >= step.atS() + 10;
        }
        if (others != Others.NOBODY) {
            settled &= (atS < 20 || atS >= 30) && (others != Others.CONSTANT || atS < 70 || atS >= 80);
        }
        return settled;
    }
}
