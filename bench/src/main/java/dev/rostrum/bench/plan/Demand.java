package dev.rostrum.bench.plan;

/**
 * What is to be carried.
 *
 * <p>Immutable.
 *
 * @param speakers on the stage
 * @param talking how many of them talk at once on average
 * @param slots how many of them a listener hears at once at most
 * @param packetMs how much sound a packet holds
 * @param bitrateBps of a speaker's sound, without any header
 */
public record Demand(int listeners, int speakers, double talking, int slots, int packetMs, int bitrateBps) {

    /** RTP with one CSRC, a mid and a level (28), the tag (16), UDP (8), IPv4 (20). */
    private static final int HEADERS_BYTES = 28 + 16 + 8 + 20;

    /** Ethernet's header, checksum, preamble and gap. */
    private static final int ETHERNET_BYTES = 38;

    /** Packets to one listener in a second. */
    public double packetsPerListener() {
        return Math.min(Math.min(talking, slots), speakers) * 1000 / packetMs;
    }

    /** The bits that these take on an Ethernet. */
    public double bitsPerListener() {
        double payloadBytes = bitrateBps / 8.0 * packetMs / 1000;
        return packetsPerListener() * (payloadBytes + HEADERS_BYTES + ETHERNET_BYTES) * 8;
    }

    /** The same with other packets. */
    public Demand withPacketMs(int ms) {
        return new Demand(listeners, speakers, talking, slots, ms, bitrateBps);
    }

    /** The same with another number of slots. */
    public Demand withSlots(int count) {
        return new Demand(listeners, speakers, talking, count, packetMs, bitrateBps);
    }
}
