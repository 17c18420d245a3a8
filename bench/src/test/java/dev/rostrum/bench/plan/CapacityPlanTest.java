package dev.rostrum.bench.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rostrum.bench.scenario.ResultFile;
import dev.rostrum.bench.server.Machine;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CapacityPlanTest {

    private static final Demand DEMAND = new Demand(1_000_000, 13, 1.0, 3, 20, 32_000);

    private static ResultFile result(int cores, Map<String, Double> figures) {
        return new ResultFile(
                ResultFile.SCHEMA,
                "2026-11-21T10:00:00Z",
                "",
                new Machine("a processor", cores, 10_000_000_000L, "Linux", "Java", 0.5),
                "",
                "Rostrum",
                "fanout",
                Map.of(),
                figures,
                List.of(),
                List.of());
    }

    private static Measured measured() {
        return Measured.of(List.of(
                result(
                        2,
                        Map.of(
                                "fanout.cpu-per-packet", 2e-6,
                                "fanout.packets-per-second", 50_000.0,
                                "small.cpu-per-packet", 9e-6,
                                "small.packets-per-second", 500.0)),
                result(2, Map.of("more.bytes-per-listener", 50_000.0, "capacity.most", 4000.0))));
    }

    @Test
    void theProcessorBoundsWhereNothingElseIsKnown() {
        CapacityPlan plan = CapacityPlan.of(DEMAND, measured(), 0);

        assertEquals(12_000, plan.byCpu()); // 0.6 of two cores, 100 us per listener and second
        assertEquals(CapacityPlan.Bound.CPU, plan.bound());
        assertEquals(84, plan.machines());
        assertEquals(100, plan.cores(), 1e-6);
        assertEquals(12, plan.extrapolation(), 1e-6);
    }

    @Test
    void theNetworkAndTheMemoryBoundToo() {
        assertEquals(
                CapacityPlan.Bound.NETWORK,
                CapacityPlan.of(DEMAND, measured(), 1e8).bound());
        Measured big = new Measured(2e-7, 50_000, 50_000, Double.NaN, 0, 2, 1_000_000_000L, 0);
        CapacityPlan plan = CapacityPlan.of(DEMAND, big, 0);
        assertEquals(CapacityPlan.Bound.MEMORY, plan.bound());
        assertEquals(4_000, plan.perMachine());
    }

    @Test
    void longerPacketsAndFewerSlotsAreFewerPackets() {
        Demand lively = new Demand(1, 13, 2.5, 3, 20, 32_000);

        assertEquals(125, lively.packetsPerListener());
        assertEquals(50, lively.withSlots(1).packetsPerListener());
        assertEquals(62.5, lively.withPacketMs(40).packetsPerListener());
        // 80 bytes of sound, 72 of headers, 38 of Ethernet
        assertEquals(50 * 190 * 8, lively.withSlots(1).bitsPerListener());
    }

    @Test
    void whatWasNotMeasuredIsSaid() {
        assertThrows(IllegalArgumentException.class, () -> Measured.of(List.of(result(2, Map.of("a.loss", 0.0)))));
        List<ResultFile> different =
                List.of(result(2, Map.of("a.cpu-per-packet", 1e-6, "a.packets-per-second", 1.0)), result(4, Map.of()));
        assertThrows(IllegalArgumentException.class, () -> Measured.of(different));
        assertEquals(4000, measured().mostListeners());
        assertEquals(2e-6, measured().cpuPerPacketS());
    }
}
