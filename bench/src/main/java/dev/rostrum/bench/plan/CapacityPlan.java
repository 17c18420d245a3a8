package dev.rostrum.bench.plan;

/**
 * How many listeners one machine carries, what keeps it from carrying more, and how many machines all of them need.
 *
 * <p>Immutable.
 *
 * @param byCpu listeners that the processor carries, within its share of the time
 * @param byNetwork those that the network carries; {@link Integer#MAX_VALUE} if its speed is not known
 * @param byMemory those that fit into its share of the memory; {@link Integer#MAX_VALUE} if their size is not known
 */
public record CapacityPlan(Demand demand, Measured measured, int byCpu, int byNetwork, int byMemory) {

    /** The part of the processors' time that is planned for: the rest is for joins, collections and bad moments. */
    public static final double CPU_SHARE = 0.6;

    /** The part of the network. */
    public static final double NETWORK_SHARE = 0.7;

    /** The part of the memory; the rest is the system's. */
    public static final double MEMORY_SHARE = 0.6;

    /** What a server without listeners has. */
    private static final long SERVER_BYTES = 400_000_000L;

    /** What bounds a machine. */
    public enum Bound {
        CPU,
        NETWORK,
        MEMORY
    }

    /**
     * Plans.
     *
     * @param networkBps of a machine; 0 if it is not known
     */
    public static CapacityPlan of(Demand demand, Measured measured, double networkBps) {
        double packetsPerSecond = measured.cores() * CPU_SHARE / measured.cpuPerPacketS();
        double memoryBytes = measured.memoryBytes() * MEMORY_SHARE - SERVER_BYTES;
        return new CapacityPlan(
                demand,
                measured,
                floor(packetsPerSecond / demand.packetsPerListener()),
                networkBps > 0 ? floor(networkBps * NETWORK_SHARE / demand.bitsPerListener()) : Integer.MAX_VALUE,
                measured.bytesPerListener() > 0 && measured.memoryBytes() > 0
                        ? floor(memoryBytes / measured.bytesPerListener())
                        : Integer.MAX_VALUE);
    }

    private static int floor(double value) {
        return (int) Math.clamp(value, 0, Integer.MAX_VALUE);
    }

    /** How many one machine carries. */
    public int perMachine() {
        return Math.min(byCpu, Math.min(byNetwork, byMemory));
    }

    /** What keeps it from carrying more. */
    public Bound bound() {
        return perMachine() == byCpu ? Bound.CPU : perMachine() == byNetwork ? Bound.NETWORK : Bound.MEMORY;
    }

    /** How many machines all listeners need. */
    public int machines() {
        return Math.ceilDiv(demand.listeners(), Math.max(1, perMachine()));
    }

    /** Processors' time that all listeners need, in cores that do nothing else. */
    public double cores() {
        return demand.listeners() * demand.packetsPerListener() * measured.cpuPerPacketS();
    }

    /** What goes out to all listeners. */
    public double networkBps() {
        return demand.listeners() * demand.bitsPerListener();
    }

    /** How many times more packets a full machine forwards than was measured. */
    public double extrapolation() {
        return perMachine() * demand.packetsPerListener() / measured.packetsPerSecond();
    }
}
