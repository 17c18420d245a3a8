package dev.rostrum.bench.gate;

import dev.rostrum.bench.client.LoadClient;
import dev.rostrum.bench.client.LoadClients;
import dev.rostrum.bench.media.MediaSettings;
import dev.rostrum.bench.server.Cores;
import dev.rostrum.bench.server.ProcessWatch;
import dev.rostrum.bench.server.RostrumTarget;
import dev.rostrum.bench.server.Target;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * What a join costs a real server, of which nothing is left out (HTTP, SDP, ICE, DTLS), beside the yardstick of
 * {@link HandshakeYardstick}, by turns. The compilers of the virtual machine are told apart: how much of their work falls
 * into a window is chance, and more than the join itself on some machines.
 *
 * <p>Used by one thread, once.
 */
final class JoinContest {

    private static final int AT_ONCE = 50;
    private static final int WARM_UP_ROUNDS = 24;
    private static final int ROUNDS = 12;
    private static final int TIMES = 40;
    private static final int LISTENERS = 1;
    private static final long PATIENCE_S = 60;
    private static final Predicate<String> COMPILERS =
            thread -> thread.startsWith("C1 Comp") || thread.startsWith("C2 Comp");

    private final double[] joinNs = new double[ROUNDS];
    private final double[] compilersNs = new double[ROUNDS];
    private final double[] yardstickNs = new double[ROUNDS];
    private final HandshakeYardstick yardstick = new HandshakeYardstick();

    Verdict verdict(String name, double mostRatio) throws IOException, InterruptedException {
        Cores cores = Cores.split();
        cores.pinGenerator();
        try (Target server = RostrumTarget.start(cores, List.of(), List.of());
                LoadClients clients = new LoadClients(MediaSettings.defaults(), 1)) {
            ProcessWatch watch = server.process();
            if (watch == null || !watch.present()) {
                throw new IOException("the server's processor time can only be measured on Linux");
            }
            var _ = join(server, List.of(server.speaker(clients, 0, 0)));
            for (int round = 0; round < WARM_UP_ROUNDS; round++) {
                yardstick.cpuNs(TIMES);
                leave(joinAll(server, clients));
            }
            for (int round = 0; round < ROUNDS; round++) {
                yardstickNs[round] = yardstick.cpuNs(TIMES);
                long beforeNs = watch.cpuNs(COMPILERS.negate());
                long compilersBeforeNs = watch.cpuNs(COMPILERS);
                List<LoadClient> joined = joinAll(server, clients);
                joinNs[round] = (double) (watch.cpuNs(COMPILERS.negate()) - beforeNs) / AT_ONCE;
                compilersNs[round] = (double) (watch.cpuNs(COMPILERS) - compilersBeforeNs) / AT_ONCE;
                leave(joined);
            }
        }
        double ratio = median(joinNs) / median(yardstickNs);
        return new Verdict(
                name,
                List.of(new Verdict.Figure("processor time per join / the yardstick's", ratio, mostRatio, 3)),
                String.format(
                        Locale.ROOT,
                        "%d joins at once by WHEP, %d times after %d for warming up: median %.0f us of the server's"
                                + " processor time per join, and %.0f us more for the virtual machine's compilers;"
                                + " yardstick %.0f us%n",
                        AT_ONCE,
                        ROUNDS,
                        AT_ONCE * WARM_UP_ROUNDS,
                        median(joinNs) / 1e3,
                        median(compilersNs) / 1e3,
                        median(yardstickNs) / 1e3));
    }

    private static List<LoadClient> joinAll(Target server, LoadClients clients)
            throws IOException, InterruptedException {
        List<LoadClient> arriving = new ArrayList<>();
        for (int i = 0; i < AT_ONCE; i++) {
            arriving.add(server.listener(clients, Target.Door.WHEP, LISTENERS));
        }
        return join(server, arriving);
    }

    private static List<LoadClient> join(Target server, List<LoadClient> arriving)
            throws IOException, InterruptedException {
        CompletableFuture<?>[] all = arriving.stream().map(LoadClient::join).toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(all).get(PATIENCE_S, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("not everybody could join " + server.description() + ": " + e, e);
        }
        return arriving;
    }

    /** All go; what that costs is not counted. */
    private static void leave(List<LoadClient> joined) throws InterruptedException {
        CompletableFuture<?>[] all = joined.stream().map(LoadClient::leave).toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(all).get(PATIENCE_S, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            org.slf4j.LoggerFactory.getLogger(JoinContest.class).warn("not everybody left", e);
        }
        Thread.sleep(200); // the server closes what is left of them
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
