package dev.rostrum.sfu.congestion;

import dev.rostrum.sfu.sim.SimClock;
import dev.rostrum.sfu.sim.SimLink;
import dev.rostrum.sfu.sim.SimNetwork;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Runs one scenario with one seed. */
final class VideoSimulation {

    private static final long MS = 1_000_000;
    private static final int QUEUE_MS = 300;
    private static final int MIN_QUEUE_BYTES = 20_000;
    private static final int BOTTLENECK_PORT = 9;

    /**
     * What came of it, as in {@link VideoScenario.Goals}.
     *
     * @param paddingShare of the bytes sent, how many only filled
     */
    record Result(
            double estimate,
            double shown,
            double queueMs,
            double changesPerMinute,
            double gapMs,
            double gapAtS,
            double paddingShare,
            double worstChangesPer10S) {}

    private final VideoScenario scenario;
    private final SimClock clock = new SimClock();
    private final SimNetwork network;
    private final InetSocketAddress client = new InetSocketAddress("10.0.0.1", BOTTLENECK_PORT);
    private final List<SimViewer> viewers = new ArrayList<>();
    private final long startNs = clock.nowNs();

    VideoSimulation(VideoScenario scenario, long seed) {
        this.scenario = scenario;
        this.network = new SimNetwork(clock, seed);
        SplittableRandom random = new SplittableRandom(seed * 1_000_003);
        for (VideoScenario.Step step : scenario.steps()) {
            network.at(startNs + step.atS() * 1_000L * MS, () -> setRate(step.rateBps()));
        }
        SimViewer first = viewer(0, scenario.slots(), random.split());
        network.at(startNs, first::start);
        network.at(startNs + 3_000 * MS, first::beginCounting);
        long joinsNs = startNs + 20_000 * MS;
        switch (scenario.others()) {
            case NOBODY -> {}
            case STALLS -> network.at(startNs + 5_000 * MS, () -> stallsAt(random.split()));
            case CONSTANT -> network.at(joinsNs, () -> constant(startNs + 70_000 * MS));
            case VIEWER -> {
                SimViewer second = viewer(1, scenario.slots(), random.split());
                network.at(joinsNs, second::start);
            }
            case TCP -> {
                InetSocketAddress server = new InetSocketAddress("10.0.1.9", 9);
                ModelTcp tcp = new ModelTcp(network, clock, server, client, 25 * MS);
                receivers.add(bytes -> tcp.onSegment(bytes));
                servers.add(server);
                network.at(joinsNs, tcp::start);
            }
        }
    }

    /** All who share the bottleneck have one address there; who is meant shows in the sender's. */
    private final List<java.util.function.Consumer<byte[]>> receivers = new ArrayList<>();

    private final List<InetSocketAddress> servers = new ArrayList<>();
    private boolean attached;

    private SimViewer viewer(int index, int slots, SplittableRandom random) {
        InetSocketAddress server = new InetSocketAddress("10.0.1." + (index + 1), 5_000);
        SimViewer viewer = new SimViewer(clock, network, server, client, slots, random);
        network.attach(server, (bytes, from, to) -> viewer.onRtcp(bytes));
        network.link(client, server, SimLink.PERFECT.withDelay(25 * MS, MS));
        servers.add(server);
        receivers.add(viewer::onArrival);
        viewers.add(viewer);
        if (!attached) {
            attached = true;
            network.attach(client, (bytes, from, to) -> {
                int who = servers.indexOf(from);
                if (who >= 0) {
                    receivers.get(who).accept(bytes);
                }
            });
        }
        return viewer;
    }

    private void setRate(long rateBps) {
        network.downlink(client, scenario.link().withRate(rateBps, queueBytes(rateBps)));
    }

    private static int queueBytes(long rateBps) {
        return (int) Math.max(MIN_QUEUE_BYTES, rateBps / 8 * QUEUE_MS / 1_000);
    }

    /** Holds all back for a while, and begins again later. */
    private void stallsAt(SplittableRandom random) {
        long endsNs = clock.nowNs() + random.nextLong(100, 800) * MS;
        stall(endsNs);
        network.at(endsNs + random.nextLong(500, 7_000) * MS, () -> stallsAt(random));
    }

    /** What is sent until then arrives then, in both directions. */
    private void stall(long endsNs) {
        long leftNs = Math.max(0, endsNs - clock.nowNs());
        long rateBps = scenario.rateBps(nowS());
        SimLink link = scenario.link();
        network.downlink(
                client,
                link.withDelay(link.delayNs() + leftNs, leftNs > 0 ? 0 : link.jitterNs())
                        .withRate(rateBps, queueBytes(rateBps)));
        network.link(client, servers.get(0), SimLink.PERFECT.withDelay(25 * MS + leftNs, leftNs > 0 ? 0 : MS));
        if (leftNs > 0) {
            network.at(Math.min(endsNs, clock.nowNs() + 5 * MS), () -> stall(endsNs));
        }
    }

    private void constant(long untilNs) {
        network.send(new InetSocketAddress("10.0.1.77", 7), client, new byte[1_000]);
        if (clock.nowNs() < untilNs) {
            network.at(clock.nowNs() + 8 * MS, () -> constant(untilNs));
        }
    }

    private double nowS() {
        return (clock.nowNs() - startNs) / 1e9;
    }

    /** The bitrates of the layers that fit, together. */
    private long fittingBps(double roomBps) {
        int[] layers = new int[scenario.slots()];
        Arrays.fill(layers, -1);
        double left = roomBps;
        long sum = 0;
        for (int layer = 0; layer < ModelEncoder.LAYER_BPS.length; layer++) {
            long more = ModelEncoder.LAYER_BPS[layer] - (layer == 0 ? 0 : ModelEncoder.LAYER_BPS[layer - 1]);
            for (int slot = 0; slot < layers.length; slot++) {
                if (more <= left && layers[slot] == layer - 1) {
                    layers[slot] = layer;
                    left -= more;
                    sum += more;
                }
            }
        }
        return sum;
    }

    Result run() {
        boolean trace = Boolean.getBoolean("rostrum.congestion.trace");
        SimViewer viewer = viewers.get(0);
        long endNs = startNs + scenario.lengthS() * 1_000L * MS;
        long sampleNs = startNs;
        List<Double> queue = new ArrayList<>();
        double estimateSum = 0;
        double shareSum = 0;
        int settled = 0;
        int shown = 0;
        List<Integer> changes = new ArrayList<>();
        int worstChanges = 0;
        int samples = 0;
        while (clock.nowNs() < endNs) {
            long nextNs = Math.min(network.nextNs(), sampleNs);
            for (SimViewer each : viewers) {
                nextNs = Math.min(nextNs, each.deadlineNs());
            }
            clock.advanceTo(Math.max(clock.nowNs(), nextNs));
            network.deliverDue();
            for (SimViewer each : viewers) {
                each.runDue();
            }
            if (clock.nowNs() >= sampleNs) {
                sampleNs += 10 * MS;
                double atS = nowS();
                double queueMs = network.queueDelayNs(viewers.isEmpty() ? client : servers.get(0), client) / 1e6;
                queue.add(queueMs);
                changes.add(viewer.layerChanges());
                if (changes.size() > 1_000 && scenario.settled(atS) && scenario.settled(atS - 10)) {
                    worstChanges = Math.max(worstChanges, viewer.layerChanges() - changes.get(changes.size() - 1_001));
                }
                if (scenario.settled(atS)) {
                    double share = (double) Math.min(scenario.shareBps(atS), viewer.usefulBps());
                    settled++;
                    estimateSum += Math.min((double) viewer.targetBps(), share);
                    shareSum += share;
                    shown += viewer.shownBps() >= fittingBps(0.85 * scenario.shareBps(atS)) ? 1 : 0;
                }
                if (trace && samples++ % 20 == 0) {
                    System.out.printf(
                            "%6.2f link %5d target %5d acked %5d shown %5d queue %4.0f pacer %3.0f loss %.3f rtt %d"
                                    + " %s%n",
                            atS,
                            scenario.rateBps(atS) / 1_000,
                            viewer.targetBps() / 1_000,
                            viewer.estimator().acknowledgedBps() / 1_000,
                            viewer.shownBps() / 1_000,
                            queueMs,
                            viewer.pacerDelayNs() / 1e6,
                            viewer.estimator().lossShare(),
                            viewer.estimator().rttNs() / MS,
                            viewer.estimator());
                }
            }
        }
        double[] sorted =
                queue.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        ModelViewer worst = viewer.worst();
        return new Result(
                estimateSum / shareSum,
                (double) shown / settled,
                sorted[(int) (0.95 * sorted.length)],
                viewer.layerChanges() * 60.0 / (scenario.lengthS() - 3) / scenario.slots(),
                worst.longestGapNs() / 1e6,
                (worst.longestGapAtNs() - startNs) / 1e9,
                (double) viewer.paddingBytes() / viewer.sentBytes(),
                (double) worstChanges / scenario.slots());
    }
}
