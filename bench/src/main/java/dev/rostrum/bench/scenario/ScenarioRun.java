package dev.rostrum.bench.scenario;

import dev.rostrum.bench.client.LoadClient;
import dev.rostrum.bench.client.LoadClients;
import dev.rostrum.bench.client.SpaceClient;
import dev.rostrum.bench.fanout.PacedLoop;
import dev.rostrum.bench.media.MediaEngine;
import dev.rostrum.bench.media.MediaLoop;
import dev.rostrum.bench.media.Voice;
import dev.rostrum.bench.server.ProcessWatch;
import dev.rostrum.bench.server.Target;
import dev.rostrum.bench.server.Target.Door;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * Runs a scenario against a target: the stage comes in, then step follows step, then it is said what holds.
 *
 * <p>For one thread and one run.
 */
public final class ScenarioRun {

    private static final long PATIENCE_S = 30;
    private static final Duration SETTLE = Duration.ofSeconds(2);
    private static final int VOICE_DBOV = 20;

    /**
     * What came of a run.
     *
     * <p>Immutable.
     */
    public record Result(
            Scenario scenario,
            Map<String, Double> figures,
            List<Assertion.Outcome> outcomes,
            List<Map<String, Double>> series) {

        /** Whether all that was asserted holds. */
        public boolean passed() {
            return outcomes.stream().allMatch(Assertion.Outcome::passed);
        }
    }

    private final Scenario scenario;
    private final Target target;
    private final LoadClients clients;
    private final Observation observation;
    private final Population population;
    private final Consumer<String> say;
    private final Figures figures = new Figures();
    private final List<LoadClient> stage = new ArrayList<>();
    private final List<Map<String, Double>> memories = new ArrayList<>();
    private boolean silent = true;
    private ProcessWatch.@Nullable JvmMemory firstMemory;
    private int firstMemoryListeners;
    private long firstRssBytes;

    private ScenarioRun(
            Scenario scenario,
            Target target,
            LoadClients clients,
            Population population,
            Observation observation,
            Consumer<String> say) {
        this.scenario = scenario;
        this.target = target;
        this.clients = clients;
        this.observation = observation;
        this.say = say;
        this.population = population;
    }

    /**
     * Runs it.
     *
     * @param say takes lines for people
     * @param progress takes a line each second
     */
    public static Result run(
            Scenario scenario, Target target, LoadClients clients, Consumer<String> say, Consumer<String> progress)
            throws ScenarioException, InterruptedException {
        Population population = new Population(clients, target);
        boolean pages = scenario.asserts().stream()
                .anyMatch(assertion -> assertion.figure().matches(".*\\.(page.*|unanswered)"));
        try (Observation observation = new Observation(
                clients,
                target,
                population::waiting,
                pages ? target.pages() : List.of(),
                second -> progress.accept(second.line()))) {
            ScenarioRun run = new ScenarioRun(scenario, target, clients, population, observation, say);
            run.bringTheStage();
            for (Step step : scenario.steps()) {
                say.accept(
                        "> " + step.getClass().getSimpleName().toLowerCase(java.util.Locale.ROOT) + " " + step.name());
                run.run(step);
            }
            List<Assertion.Outcome> outcomes = scenario.asserts().stream()
                    .map(assertion -> assertion.check(run.figures))
                    .toList();
            return new Result(scenario, run.figures.all(), outcomes, run.series());
        }
    }

    private List<Map<String, Double>> series() {
        List<Map<String, Double>> rows = new ArrayList<>();
        for (Observation.Second second : observation.series()) {
            Figures row = new Figures();
            row.put("at", second.atS());
            row.put("connected", second.connected());
            row.put("hearing", second.hearing());
            row.put("queued", second.queued());
            row.put("packets-per-second", second.packetsPerSecond());
            row.put("lost", second.lost());
            row.put("latency-p50", second.latencyP50Ns() / 1e9);
            row.put("latency-p99", second.latencyP99Ns() / 1e9);
            row.put("server-cores", second.serverCores());
            row.put("server-rss", second.serverRssBytes());
            row.put("server-threads", second.serverThreads());
            row.put("server-descriptors", second.serverDescriptors());
            row.put("generator-cores", second.generatorCores());
            rows.add(row.all());
        }
        rows.addAll(memories);
        return rows;
    }

    private void bringTheStage() throws ScenarioException, InterruptedException {
        for (int i = 0; i < scenario.speakers(); i++) {
            LoadClient speaker = target.speaker(clients, i, MediaEngine.STAGE);
            try {
                speaker.join().get(PATIENCE_S, TimeUnit.SECONDS);
            } catch (ExecutionException | TimeoutException e) {
                throw new ScenarioException(
                        "speaker " + i + " could not join " + target.description() + ": " + e.getCause(), e);
            }
            if (speaker instanceof SpaceClient participant && !participant.onStage()) {
                throw new ScenarioException("the stage of " + target.description() + " has " + i + " seats and not "
                        + scenario.speakers() + ": ask for fewer speakers, or give it more (--max-speakers)");
            }
            stage.add(speaker);
        }
    }

    private void run(Step step) throws ScenarioException, InterruptedException {
        switch (step) {
            case Step.Talk talk -> talk(talk.mode());
            case Step.Join join -> join(join);
            case Step.Leave leave -> {
                population.leave(group(leave.group()), leave.listeners());
                Thread.sleep(SETTLE);
            }
            case Step.Pause pause -> Thread.sleep(pause.time());
            case Step.Measure measure -> measure(measure);
            case Step.Yardstick yardstick -> yardstick(yardstick);
            case Step.Churn churn -> churn(churn);
            case Step.Promote promote -> promote(promote);
            case Step.Search search -> search(search);
        }
    }

    private static int group(String name) throws ScenarioException {
        int group = Observation.GROUPS.indexOf(name);
        if (group < 1) {
            throw new ScenarioException("there is no group " + name + " of listeners; there are "
                    + String.join(", ", Observation.GROUPS.subList(1, Observation.GROUPS.size())));
        }
        return group;
    }

    private void talk(Step.Talk.Mode mode) {
        TalkModel model = new TalkModel(scenario.speakers(), scenario.talking(), 7);
        TalkInTurns turns = new TalkInTurns(scenario.speakers(), scenario.talking());
        silent = mode == Step.Talk.Mode.SILENT;
        for (LoadClient speaker : stage) {
            speaker.speak(
                    switch (mode) {
                        case SILENT -> null;
                        case STEADY -> Voice.steady(VOICE_DBOV);
                        case MODEL -> model.voice();
                        case TURNS -> turns.voice();
                    });
        }
    }

    private void join(Step.Join join) throws ScenarioException, InterruptedException {
        double rate = join.rate();
        double sustained = 0;
        if (join.times() > 0) {
            sustained = figures.get(join.base() + ".rate", 0);
            if (sustained == 0) {
                throw new ScenarioException(
                        join.name() + " counts on the rate of " + join.base() + ", which is not known");
            }
            rate = sustained * join.times();
        }
        observation.begin();
        Population.Arrivals arrivals = population.join(group(join.group()), join.listeners(), join.door(), rate);
        arrivals.await(join.patience().toMillis(), !silent);
        observation.end(join.name(), figures);
        arrivals.write(join.name(), figures);
        if (sustained > 0) {
            // They can't be in before the last has come, nor sooner than the node can take them.
            double idealS = join.listeners() / Math.min(rate, sustained);
            figures.put(join.name() + ".ideal-time", idealS);
            figures.put(join.name() + ".over-ideal", figures.get(join.name() + ".time", Double.NaN) / idealS);
        }
        if (silent && arrivals.joined() > 0) {
            figures.put(join.name() + ".cpu-per-join", figures.get(join.name() + ".cpu-time", 0) / arrivals.joined());
        }
        say.accept("  " + arrivals.joined() + " of " + join.listeners() + " joined in "
                + Figures.show("time", figures.get(join.name() + ".time", 0)));
    }

    private void measure(Step.Measure measure) throws InterruptedException {
        observation.begin();
        Thread.sleep(measure.time());
        observation.end(measure.name(), figures);
        ProcessWatch server = target.process();
        if (!measure.memory() || server == null) {
            return;
        }
        ProcessWatch.JvmMemory memory = server.jvmMemory();
        int listeners = observation.connected(1) + observation.connected(2);
        figures.put(measure.name() + ".live-heap", memory.liveHeapBytes());
        figures.put(measure.name() + ".rss-outside-heap", memory.rssOutsideHeapBytes());
        figures.put(measure.name() + ".rss-now", server.rssBytes());
        if (firstMemory == null) {
            firstMemory = memory;
            firstMemoryListeners = listeners;
            firstRssBytes = server.rssBytes();
        } else if (listeners > firstMemoryListeners) {
            figures.put(
                    measure.name() + ".bytes-per-listener",
                    (double) (memory.sumBytes() - firstMemory.sumBytes()) / (listeners - firstMemoryListeners));
            figures.put(
                    measure.name() + ".rss-per-listener",
                    (double) (server.rssBytes() - firstRssBytes) / (listeners - firstMemoryListeners));
        }
    }

    private void yardstick(Step.Yardstick yardstick) throws ScenarioException, InterruptedException {
        talk(Step.Talk.Mode.SILENT);
        Thread.sleep(SETTLE);
        List<InetSocketAddress> sockets = population.all().stream()
                .filter(LoadClient::connected)
                .map(LoadClient::address)
                .filter(Objects::nonNull)
                .toList();
        if (sockets.isEmpty()) {
            throw new ScenarioException(yardstick.name() + " has nobody to send to: nobody is connected any more");
        }
        try {
            double ns =
                    PacedLoop.measure(sockets, Math.toIntExact(yardstick.time().toSeconds()), target.prefix());
            figures.put(yardstick.name() + ".cpu-per-packet", ns / 1e9);
            figures.put(
                    yardstick.base() + ".over-yardstick",
                    figures.get(yardstick.base() + ".cpu-per-packet", Double.NaN) * 1e9 / ns);
        } catch (IOException e) {
            throw new ScenarioException(yardstick.name() + " could not be measured: " + e.getMessage(), e);
        }
    }

    private void churn(Step.Churn churn) throws ScenarioException, InterruptedException {
        int group = group(churn.group());
        ProcessWatch server = target.process();
        Growth growth = server == null ? null : Growth.watch(server, churn.time(), observation::atS);
        observation.begin();
        Population.Arrivals arrivals = Population.noArrivals();
        long beganNs = MediaLoop.clockNs();
        int rounds = Math.toIntExact(Math.round(churn.rate() * churn.time().toMillis() / 1000));
        for (int i = 0; i < rounds; i++) {
            sleepUntil(beganNs + (long) (i * 1e9 / churn.rate()));
            population.replaceOne(group, churn.door(), arrivals);
        }
        arrivals.await(TimeUnit.SECONDS.toMillis(PATIENCE_S), !silent);
        observation.end(churn.name(), figures);
        arrivals.write(churn.name(), figures);
        if (growth != null) {
            growth.end(churn.name(), figures);
            memories.addAll(growth.series());
        }
    }

    private static void sleepUntil(long dueNs) {
        while (MediaLoop.clockNs() < dueNs) {
            LockSupport.parkNanos(dueNs - MediaLoop.clockNs());
        }
    }

    private void promote(Step.Promote promote) throws ScenarioException, InterruptedException {
        if (!(stage.getFirst() instanceof SpaceClient host)) {
            throw new ScenarioException(promote.name() + " needs a host who came by the WebSocket");
        }
        List<SpaceClient> people = new ArrayList<>();
        Histogram confirmed = new Histogram(1_000, 60_000_000_000L, 3);
        int refused = 0;
        try {
            for (int i = 0; i < promote.people(); i++) {
                if (target.listener(clients, Door.PAGE, MediaEngine.STAGE) instanceof SpaceClient person) {
                    person.speakWhenAllowed(Voice.steady(VOICE_DBOV - 5));
                    person.join().get(PATIENCE_S, TimeUnit.SECONDS);
                    people.add(person);
                }
            }
            observation.begin();
            long beganNs = MediaLoop.clockNs();
            int changes =
                    Math.toIntExact(Math.round(promote.rate() * promote.time().toMillis() / 1000));
            boolean[] up = new boolean[people.size()];
            for (int i = 0; i < changes; i++) {
                sleepUntil(beganNs + (long) (i * 1e9 / promote.rate()));
                int who = i % people.size();
                long askedNs = MediaLoop.clockNs();
                try {
                    host.command(up[who] ? "demote" : "promote", people.get(who))
                            .get(PATIENCE_S, TimeUnit.SECONDS);
                    confirmed.recordValue(MediaLoop.clockNs() - askedNs);
                    up[who] = !up[who];
                    if (up[who]) {
                        people.get(who).command("unmute", Map.of()).get(PATIENCE_S, TimeUnit.SECONDS);
                    }
                } catch (ExecutionException e) {
                    refused++;
                }
            }
            observation.end(promote.name(), figures);
            figures.put(promote.name() + ".changes", changes);
            figures.put(promote.name() + ".refused", refused);
            figures.percentiles(promote.name() + ".confirmed", confirmed);
            figures.put(promote.name() + ".renegotiated", renegotiated());
        } catch (ExecutionException | TimeoutException e) {
            throw new ScenarioException(promote.name() + " failed: " + e.getCause(), e);
        } finally {
            people.forEach(person -> {
                var _ = person.leave();
            });
        }
    }

    /** How many descriptions too many the listeners by WebSocket have got. */
    private int renegotiated() {
        int sum = 0;
        for (LoadClient client : population.all()) {
            if (client instanceof SpaceClient participant) {
                sum += Math.max(0, participant.negotiated() - 1);
            }
        }
        return sum;
    }

    private void search(Step.Search search) throws ScenarioException, InterruptedException {
        int group = group(search.group());
        int most = 0;
        int listeners = 0;
        for (int goal = search.first(); goal <= search.last(); goal += search.by()) {
            Population.Arrivals arrivals = population.join(group, goal - listeners, search.door(), 300);
            arrivals.await(TimeUnit.SECONDS.toMillis(PATIENCE_S), !silent);
            if (arrivals.joined() < goal - listeners) {
                say.accept("  only " + (listeners + arrivals.joined()) + " of " + goal + " are in");
                break;
            }
            listeners = goal;
            Thread.sleep(SETTLE);
            observation.begin();
            Thread.sleep(search.time());
            String name = search.name() + "-" + goal;
            observation.end(name, figures);
            double loss = figures.get(name + ".loss", 1);
            say.accept("  " + goal + " listeners: loss " + Figures.show("loss", loss) + ", p99 "
                    + Figures.show("latency", figures.get(name + ".latency-p99", 0)) + ", "
                    + Figures.show("cpu-per-packet", figures.get(name + ".cpu-per-packet", 0))
                    + " per packet, server " + Figures.show("cpu", figures.get(name + ".cpu", 0)) + " cores");
            if (loss > 0) {
                break;
            }
            most = goal;
        }
        figures.put(search.name() + ".most", most);
    }
}
