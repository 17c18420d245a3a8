package dev.rostrum.bench.plan;

import dev.rostrum.bench.scenario.ResultFile;
import java.util.List;
import java.util.Map;

/**
 * What runs on a machine have shown of a server.
 *
 * <p>Immutable.
 *
 * @param cpuPerPacketS processor time of the whole server process per packet that arrived
 * @param packetsPerSecond at which that was measured
 * @param bytesPerListener live heap and resident memory outside of it; NaN if it was not measured
 * @param cpuPerJoinS NaN if it was not measured
 * @param mostListeners the most of one speaker that were seen without loss; 0 if that was not looked for
 * @param cores of the machine
 * @param memoryBytes of the machine
 * @param loadAverage the highest before a run
 */
public record Measured(
        double cpuPerPacketS,
        double packetsPerSecond,
        double bytesPerListener,
        double cpuPerJoinS,
        int mostListeners,
        int cores,
        long memoryBytes,
        double loadAverage) {

    private static final String PER_PACKET = ".cpu-per-packet";

    /**
     * Of results of one machine: the cost per packet where most packets were forwarded.
     *
     * @throws IllegalArgumentException if none says what a packet costs, or they come from different machines
     */
    public static Measured of(List<ResultFile> results) {
        double cpuPerPacketS = Double.NaN;
        double packetsPerSecond = 0;
        double bytesPerListener = Double.NaN;
        double cpuPerJoinS = Double.NaN;
        int most = 0;
        double load = 0;
        for (ResultFile result : results) {
            if (!result.machine()
                            .processor()
                            .equals(results.getFirst().machine().processor())
                    || result.machine().cores() != results.getFirst().machine().cores()) {
                throw new IllegalArgumentException("the results come from different machines");
            }
            load = Math.max(load, result.machine().loadAverage());
            for (Map.Entry<String, Double> figure : result.figures().entrySet()) {
                String name = figure.getKey();
                double value = figure.getValue();
                if (name.endsWith(PER_PACKET)) {
                    String window = name.substring(0, name.length() - PER_PACKET.length());
                    double rate = result.figures().getOrDefault(window + ".packets-per-second", 0.0);
                    if (rate > packetsPerSecond) {
                        packetsPerSecond = rate;
                        cpuPerPacketS = value;
                    }
                } else if (name.endsWith(".bytes-per-listener") && value > 0) {
                    bytesPerListener = value;
                } else if (name.endsWith("at-once.cpu-per-join")) {
                    cpuPerJoinS = value;
                } else if (name.endsWith(".most")) {
                    most = Math.max(most, (int) value);
                }
            }
        }
        if (Double.isNaN(cpuPerPacketS)) {
            throw new IllegalArgumentException("no result says what a forwarded packet costs");
        }
        return new Measured(
                cpuPerPacketS,
                packetsPerSecond,
                bytesPerListener,
                cpuPerJoinS,
                most,
                results.getFirst().machine().cores(),
                results.getFirst().machine().memoryBytes(),
                load);
    }
}
