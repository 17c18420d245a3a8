package dev.rostrum.bench.scenario;

import dev.rostrum.bench.client.LoadClients;
import dev.rostrum.bench.media.LoadTotals;
import dev.rostrum.bench.media.MediaLoop;
import dev.rostrum.bench.media.Pictures;
import dev.rostrum.bench.server.ProcessWatch;
import dev.rostrum.bench.server.SocketDrops;
import dev.rostrum.bench.server.Target;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Looks at clients and server once a second while a scenario runs: for the progress line, for the time series, and for
 * the window that is being measured.
 *
 * <p>Safe for any thread.
 */
final class Observation implements AutoCloseable {

    /** Names of the groups, by number. */
    static final List<String> GROUPS = List.of("stage", "listeners", "crowd", "others");

    /**
     * One second of a run.
     *
     * <p>Immutable.
     *
     * @param atS seconds since the run began
     * @param lost in this second
     * @param latencyP99Ns of this second; 0 if nothing was heard
     * @param queued clients in the server's queue
     * @param serverCores how many cores the server used; 0 if it is not watched
     */
    record Second(
            double atS,
            int connected,
            int hearing,
            int queued,
            double packetsPerSecond,
            long lost,
            long latencyP50Ns,
            long latencyP99Ns,
            double serverCores,
            long serverRssBytes,
            int serverThreads,
            int serverDescriptors,
            double generatorCores) {

        String line() {
            return String.format(
                    Locale.ROOT,
                    "%5.0f s  connected %d, hearing %d, queued %d, %,.0f packets/s, lost %d, p99 %.2f ms, server %.2f"
                            + " cores, generator %.2f",
                    atS,
                    connected,
                    hearing,
                    queued,
                    packetsPerSecond,
                    lost,
                    latencyP99Ns / 1e6,
                    serverCores,
                    generatorCores);
        }
    }

    private static final int GROUP_COUNT = GROUPS.size();

    private final LoadClients clients;
    private final @Nullable ProcessWatch server;
    private final ProcessWatch generator =
            new ProcessWatch(ProcessHandle.current().pid());
    private final PageProbe probe;
    private final Consumer<Second> progress;
    private final IntSupplier queue;
    private final List<Second> series = new ArrayList<>();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread thread = new Thread(task, "observation");
        thread.setDaemon(true);
        return thread;
    });
    private final long originNs = MediaLoop.clockNs();
    private List<LoadTotals> last;
    private long lastServerCpuNs;
    private long lastGeneratorCpuNs;
    private @Nullable Window window;

    /**
     * @param queue how many clients wait in the server's queue; asked on any thread
     * @param pages those of the server's pages that are asked for all the time, which costs the server something
     */
    Observation(LoadClients clients, Target target, IntSupplier queue, List<URI> pages, Consumer<Second> progress) {
        this.queue = queue;
        this.clients = clients;
        this.progress = progress;
        server = target.process();
        probe = new PageProbe(pages);
        last = clients.groups();
        var _ = clock.scheduleAtFixedRate(this::sample, 1, 1, TimeUnit.SECONDS);
    }

    /** What is measured between two moments. */
    private final class Window {
        final List<LoadTotals> before;
        final SocketDrops drops = SocketDrops.ofThisProcess();
        final long beganNs = MediaLoop.clockNs();
        final long serverCpuNs = server == null ? 0 : server.cpuNs();
        final long generatorCpuNs = generator.cpuNs();
        final long pagesFailed = probe.failed();
        final List<Histogram> latency = new ArrayList<>();
        final Histogram transit = new Histogram(1_000, 120_000_000_000L, 3);
        final Histogram pacing = new Histogram(1_000, 120_000_000_000L, 3);
        long longestTurnNs;

        Window(List<LoadTotals> before) {
            this.before = before;
            for (int i = 0; i < GROUP_COUNT; i++) {
                latency.add(new Histogram(1_000, 120_000_000_000L, 3));
            }
            probe.take();
        }

        void add(List<LoadTotals> second) {
            for (int i = 0; i < GROUP_COUNT; i++) {
                latency.get(i).add(second.get(i).latency());
                transit.add(second.get(i).transit());
                pacing.add(second.get(i).pacing());
                longestTurnNs = Math.max(longestTurnNs, second.get(i).longestTurnNs());
            }
        }
    }

    private synchronized void sample() {
        List<LoadTotals> now = clients.groups();
        Window open = window;
        if (open != null) {
            open.add(now);
        }
        double seconds = Math.max(1e-3, (now.getFirst().atNs() - last.getFirst().atNs()) / 1e9);
        long received = 0;
        long lost = 0;
        int connected = 0;
        int hearing = 0;
        Histogram latency = new Histogram(1_000, 120_000_000_000L, 3);
        for (int i = 0; i < GROUP_COUNT; i++) {
            received += now.get(i).received() - last.get(i).received();
            lost += now.get(i).lost() - last.get(i).lost();
            connected += now.get(i).connected();
            hearing += now.get(i).hearing();
            latency.add(now.get(i).latency());
        }
        long serverCpuNs = server == null ? 0 : server.cpuNs();
        long generatorCpuNs = generator.cpuNs();
        Second second = new Second(
                (now.getFirst().atNs() - originNs) / 1e9,
                connected,
                hearing,
                queue.getAsInt(),
                received / seconds,
                lost,
                latency.getValueAtPercentile(50),
                latency.getValueAtPercentile(99),
                lastServerCpuNs == 0 ? 0 : (serverCpuNs - lastServerCpuNs) / 1e9 / seconds,
                server == null ? 0 : server.rssBytes(),
                server == null ? 0 : server.threads(),
                server == null ? 0 : server.descriptors(),
                lastGeneratorCpuNs == 0 ? 0 : (generatorCpuNs - lastGeneratorCpuNs) / 1e9 / seconds);
        lastServerCpuNs = serverCpuNs;
        lastGeneratorCpuNs = generatorCpuNs;
        last = now;
        if (seconds > 0.5) {
            series.add(second);
            progress.accept(second);
        }
    }

    /** Begins to measure. */
    synchronized void begin() {
        sample();
        clients.forgetExtremes();
        window = new Window(last);
    }

    /** Ends measuring, and writes down what was measured. */
    synchronized void end(String name, Figures figures) {
        sample();
        Window open = window;
        if (open == null) {
            return;
        }
        window = null;
        double seconds = (MediaLoop.clockNs() - open.beganNs) / 1e9;
        long drops = SocketDrops.ofThisProcess().since(open.drops);
        long received = 0;
        long lost = 0;
        long gapNs = 0;
        int ice4j = 0;
        Histogram latency = new Histogram(1_000, 120_000_000_000L, 3);
        for (int i = 0; i < GROUP_COUNT; i++) {
            long groupReceived = last.get(i).received() - open.before.get(i).received();
            long groupLost = Math.max(0, last.get(i).lost() - open.before.get(i).lost());
            String prefix = name + "." + GROUPS.get(i);
            if (groupReceived > 0) {
                figures.put(prefix + ".connected", last.get(i).connected());
                figures.put(prefix + ".lost", groupLost);
                figures.put(prefix + ".loss", net(groupLost, drops, groupReceived));
                figures.put(prefix + ".gap", last.get(i).longestGapNs() / 1e9);
                figures.percentiles(prefix + ".latency", open.latency.get(i));
            }
            received += groupReceived;
            lost += groupLost;
            ice4j += last.get(i).ice4j();
            gapNs = Math.max(gapNs, last.get(i).longestGapNs());
            latency.add(open.latency.get(i));
        }
        pictures(name, open, seconds, figures);
        figures.put(name + ".ice4j", ice4j);
        figures.put(name + ".received", received);
        figures.put(name + ".packets-per-second", received / seconds);
        figures.put(name + ".lost", lost);
        figures.put(name + ".loss", net(lost, drops, received));
        figures.put(name + ".gap", gapNs / 1e9);
        figures.percentiles(name + ".latency", latency);
        figures.percentiles(name + ".transit", open.transit);
        figures.put(name + ".generator-drops", drops);
        figures.put(name + ".generator-longest-turn", open.longestTurnNs / 1e9);
        figures.percentiles(name + ".generator-pacing", open.pacing);
        figures.put(name + ".generator-cpu", (generator.cpuNs() - open.generatorCpuNs) / 1e9 / seconds);
        figures.percentiles(name + ".page", probe.take());
        figures.put(name + ".unanswered", probe.failed() - open.pagesFailed);
        if (server != null) {
            long cpuNs = server.cpuNs() - open.serverCpuNs;
            figures.put(name + ".cpu-time", cpuNs / 1e9);
            figures.put(name + ".cpu", cpuNs / 1e9 / seconds);
            figures.put(name + ".rss", server.rssBytes());
            if (received > 0) {
                figures.put(name + ".cpu-per-packet", cpuNs / 1e9 / received);
            }
        }
    }

    /** What was seen of cameras, if there were any; of requests for key frames the least interval, at most the window's. */
    private void pictures(String name, Window open, double seconds, Figures figures) {
        Pictures then = Pictures.NONE;
        Pictures now = Pictures.NONE;
        for (int i = 0; i < GROUP_COUNT; i++) {
            then = then.plus(open.before.get(i).pictures());
            now = now.plus(last.get(i).pictures());
        }
        if (now.keyFrameRequests() > 0) {
            figures.put(name + ".keyframe-requests", now.keyFrameRequests() - then.keyFrameRequests());
            figures.put(name + ".keyframe-interval", Math.min(seconds, now.leastRequestIntervalNs() / 1e9));
            figures.put(name + ".switches", now.switches() - then.switches());
            figures.put(name + ".watching-lowest", now.watchingLowest());
            figures.put(name + ".watching-middle", now.watchingMiddle());
            figures.put(name + ".watching-highest", now.watchingHighest());
        }
    }

    /** Loss that is not the generator's own. */
    private static double net(long lost, long drops, long received) {
        return received + lost == 0 ? 0 : (double) Math.max(0, lost - drops) / (received + lost);
    }

    /** How long the run has taken so far. */
    double atS() {
        return (MediaLoop.clockNs() - originNs) / 1e9;
    }

    /** How many clients of a group are connected, as of the last second. */
    synchronized int connected(int group) {
        return last.get(group).connected();
    }

    synchronized List<Second> series() {
        return List.copyOf(series);
    }

    @Override
    public void close() {
        clock.shutdownNow();
        probe.close();
    }
}
