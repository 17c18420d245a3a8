package dev.rostrum.sfu.sim;

/**
 * What a way from one address to another does to datagrams. Ways are directed: there and back may differ.
 *
 * <p>Immutable: {@code with…} returns another.
 *
 * @param delayNs added to each datagram
 * @param jitterNs at most so much more, evenly spread; datagrams keep their order nevertheless
 * @param loss the probability that a datagram is lost
 * @param goodToBad the probability that a burst of loss begins, per datagram (Gilbert's model)
 * @param badToGood the probability that it ends, per datagram; in between all are lost
 * @param rateBitsPerS how fast datagrams pass, one after the other; 0 for at once
 * @param queueBytes how many bytes wait for it at most; what comes then is lost
 * @param reorder the probability that a datagram is overtaken
 * @param reorderNs how much longer such a datagram takes, at most
 * @param duplicate the probability that a datagram comes twice
 */
public record SimLink(
        long delayNs,
        long jitterNs,
        double loss,
        double goodToBad,
        double badToGood,
        long rateBitsPerS,
        int queueBytes,
        double reorder,
        long reorderNs,
        double duplicate) {

    /** No delay, no loss. */
    public static final SimLink PERFECT = new SimLink(0, 0, 0, 0, 1, 0, 0, 0, 0, 0);

    public SimLink withDelay(long delayNs, long jitterNs) {
        return new SimLink(
                delayNs, jitterNs, loss, goodToBad, badToGood, rateBitsPerS, queueBytes, reorder, reorderNs, duplicate);
    }

    public SimLink withLoss(double loss) {
        return new SimLink(
                delayNs, jitterNs, loss, goodToBad, badToGood, rateBitsPerS, queueBytes, reorder, reorderNs, duplicate);
    }

    /** Bursts of loss, of {@code 1 / badToGood} datagrams on average. */
    public SimLink withBurstLoss(double goodToBad, double badToGood) {
        return new SimLink(
                delayNs, jitterNs, loss, goodToBad, badToGood, rateBitsPerS, queueBytes, reorder, reorderNs, duplicate);
    }

    public SimLink withRate(long rateBitsPerS, int queueBytes) {
        return new SimLink(
                delayNs, jitterNs, loss, goodToBad, badToGood, rateBitsPerS, queueBytes, reorder, reorderNs, duplicate);
    }

    public SimLink withReordering(double reorder, long reorderNs) {
        return new SimLink(
                delayNs, jitterNs, loss, goodToBad, badToGood, rateBitsPerS, queueBytes, reorder, reorderNs, duplicate);
    }

    public SimLink withDuplicates(double duplicate) {
        return new SimLink(
                delayNs, jitterNs, loss, goodToBad, badToGood, rateBitsPerS, queueBytes, reorder, reorderNs, duplicate);
    }
}
