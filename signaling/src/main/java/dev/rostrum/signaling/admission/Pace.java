package dev.rostrum.signaling.admission;

/**
 * How fast listeners come in: a rate that grows while somebody waits and the machine stays clear of its limits, and
 * shrinks as soon as it does not. It starts from what a join costs, so that it need not grow for long.
 *
 * <p>Owned by the signaling loop; has no clock of its own.
 */
final class Pace {

    /** Even a stressed machine lets somebody in now and then, as long as its shards are not exhausted. */
    private static final double LEAST_PER_SECOND = 5;

    /** The share of the processors that the first guess gives to joins. */
    private static final double FIRST_SHARE = 0.5;
    /** The measured cost of a join bounds the rate: what is let in faster only waits inside, and pages with it. */
    private static final double MOST_SHARE = 0.95;

    /** That bound is never below what tells the cost anew: a wrong one would keep the door all but shut for ever. */
    private static final double LEAST_BOUND = 2 * Headroom.TELLING_JOINS;

    /** A cut must show its effect before the next one. */
    private static final double CUT_EVERY_SECONDS = 0.3;

    private static final double DEEPEST_CUT = 0.6;
    private static final double DRAINING = 0.9;
    private static final double GROWTH_PER_SECOND = 2.0;

    /**
     * Late packets and pages slow joins down to this share of the processors, and no further: joins yield to packets, so
     * below it they are not the cause, but other processes or other machines are.
     */
    private static final double INNOCENT_SHARE = 0.2;

    /** Those who come together after a calm time need not wait for each other: in about this time they are in anyway. */
    private static final double BURST_SECONDS = 0.6;

    private static final double LEAST_BURST = 20;

    private double perSecond;
    private double allowance = LEAST_BURST;
    private double sinceCutSeconds = CUT_EVERY_SECONDS;
    private boolean heldUp;

    /** Listeners per second, now. */
    double perSecond() {
        return perSecond;
    }

    /** Takes in what was measured over some time. */
    void onHeadroom(Headroom headroom, double seconds) {
        double most = Math.max(LEAST_BOUND, MOST_SHARE * headroom.mostJoinsPerSecond());
        double first = Math.max(LEAST_PER_SECOND, FIRST_SHARE * headroom.mostJoinsPerSecond());
        if (perSecond == 0) {
            perSecond = first;
        }
        sinceCutSeconds += seconds;
        double stress = headroom.stressOnPackets();
        if (headroom.backlog() > 1) {
            // What comes out is what the machine can do; a little less goes in until the queue is short again.
            perSecond = Math.min(perSecond, DRAINING * headroom.arrivalsPerSecond());
        }
        if (stress > 1) {
            // Without joins it is not they that cause it.
            boolean joining = heldUp || headroom.arrivalsPerSecond() >= LEAST_PER_SECOND;
            if (joining && sinceCutSeconds >= CUT_EVERY_SECONDS) {
                sinceCutSeconds = 0;
                double innocent = Math.min(perSecond, INNOCENT_SHARE * headroom.mostJoinsPerSecond());
                perSecond = Math.max(innocent, perSecond * Math.max(DEEPEST_CUT, 1 / stress));
            }
        } else if (heldUp) {
            // Not asked: whether processors are idle. Others may use all of them and yet give way.
            double room = Math.max(0, 1 - headroom.stress());
            perSecond *= Math.exp(GROWTH_PER_SECOND * Math.min(0.5, room) * seconds);
        } else if (perSecond < first && stress < 0.5) {
            perSecond +=
                    (first - perSecond) * Math.min(1, seconds / 10); // a crowd that is over says little about the next
        }
        heldUp = false;
        perSecond = Math.clamp(perSecond, LEAST_PER_SECOND, most);
    }

    /** Some time has passed. */
    void onTime(double seconds) {
        allowance = Math.min(Math.max(LEAST_BURST, BURST_SECONDS * perSecond), allowance + perSecond * seconds);
    }

    /** Lets one in, if it is time; else somebody waits for it. */
    boolean take() {
        if (allowance < 1) {
            heldUp = true;
            return false;
        }
        allowance--;
        return true;
    }

    /** One came in without asking. */
    void charge() {
        allowance--;
    }
}
