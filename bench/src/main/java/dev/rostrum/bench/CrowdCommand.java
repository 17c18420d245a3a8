package dev.rostrum.bench;

import dev.rostrum.bench.client.LoadClient;
import dev.rostrum.bench.client.LoadClients;
import dev.rostrum.bench.client.SpaceAddress;
import dev.rostrum.bench.client.SpaceClient;
import dev.rostrum.bench.media.MediaLoop;
import dev.rostrum.bench.media.MediaSettings;
import dev.rostrum.bench.media.PacketObserver;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code rostrum bench crowd}: listeners for a space that somebody else made, to try things beside them.
 *
 * <p>Used by one thread, once.
 */
@Command(
        name = "crowd",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Lets simulated listeners into a space that is there, as its page would, and says when they hear nothing",
            "and when they hear again, whatever was done to the server meanwhile. Somebody must speak all the time."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:all heard the stage in the end", "1:some did not", "2:the space could not be joined"})
final class CrowdCommand implements Callable<Integer> {

    private static final long STEP_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long SILENT_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final int JOIN_SECONDS = 60;
    private static final int MOST_LISTENERS = 20_000;

    @Parameters(paramLabel = "SPACE", description = "the space's link, such as http://127.0.0.1:8080/s/ID")
    private @Nullable URI space;

    @Option(names = "--listeners", paramLabel = "N", description = "how many join (default: 100)")
    private int listeners = 100;

    @Option(names = "--seconds", paramLabel = "S", description = "for how long (default: 60)")
    private int seconds = 60;

    @Spec
    private @Nullable CommandSpec spec;

    /** When each listener's packets come. */
    private static final class Heard implements PacketObserver {

        private final AtomicLongArray lastNs;
        private final AtomicLongArray longestNs;

        Heard(int listeners) {
            lastNs = new AtomicLongArray(listeners);
            longestNs = new AtomicLongArray(listeners);
        }

        @Override
        public void onPacket(int client, int ssrc, int sequenceNumber, int csrc, long nowNs) {
            if (client >= lastNs.length()) {
                return;
            }
            long before = lastNs.getAndSet(client, nowNs);
            if (before != 0 && nowNs - before > longestNs.get(client)) {
                longestNs.set(client, nowNs - before);
            }
        }
    }

    @Override
    public Integer call() throws Exception {
        PrintWriter console = spec == null
                ? new PrintWriter(System.out, true, StandardCharsets.UTF_8)
                : spec.commandLine().getOut();
        URI link = space;
        String path = link == null || link.getPath() == null ? "" : link.getPath();
        String id = path.substring(path.lastIndexOf('/') + 1);
        if (link == null || link.getHost() == null || id.isEmpty()) {
            console.println(
                    "rostrum bench: " + link + " is no link of a space; one looks like http://127.0.0.1:8080/s/ID");
            return 2;
        }
        if (listeners < 1 || listeners > MOST_LISTENERS) {
            console.println("rostrum bench: --listeners must be from 1 to " + MOST_LISTENERS + ", not " + listeners);
            return 2;
        }
        Heard heard = new Heard(listeners);
        try (LoadClients clients = new LoadClients(MediaSettings.defaults().withObserver(heard), 1)) {
            SpaceAddress address = new SpaceAddress(link.resolve("/"), id);
            List<SpaceClient> crowd = new ArrayList<>();
            for (int i = 0; i < listeners; i++) {
                crowd.add(clients.participant(address, null, "listener " + (i + 1)));
            }
            try {
                crowd.stream().map(LoadClient::join).toList().forEach(join -> join.orTimeout(
                                JOIN_SECONDS, TimeUnit.SECONDS)
                        .join());
            } catch (RuntimeException e) {
                Throwable cause = e.getCause() == null ? e : e.getCause();
                console.println("rostrum bench: not everybody could join: " + cause.getMessage());
                return 2;
            }
            console.printf("%d listeners have joined%n", listeners);
            return watch(heard, console) ? 0 : 1;
        }
    }

    /** Says what changes; whether all hear something in the end. */
    private boolean watch(Heard heard, PrintWriter console) {
        long endNs = MediaLoop.clockNs() + TimeUnit.SECONDS.toNanos(seconds);
        int hearing = -1;
        boolean cut = false;
        while (MediaLoop.clockNs() < endNs) {
            int now = hearing(heard);
            if (now != hearing && (now == listeners || now == 0)) {
                if (now == listeners && cut) {
                    console.println(outage(heard));
                } else {
                    console.printf("%d of %d hear the stage%n", now, listeners);
                }
                cut = now == 0 && hearing >= 0;
                if (now == listeners) {
                    forget(heard);
                }
            }
            hearing = now == listeners || now == 0 ? now : hearing;
            LockSupport.parkNanos(STEP_NS);
        }
        int last = hearing(heard);
        console.printf("in the end %d of %d hear the stage%n", last, listeners);
        return last == listeners;
    }

    private int hearing(Heard heard) {
        long nowNs = MediaLoop.clockNs();
        int count = 0;
        for (int i = 0; i < listeners; i++) {
            long lastNs = heard.lastNs.get(i);
            count += lastNs != 0 && nowNs - lastNs < SILENT_NS ? 1 : 0;
        }
        return count;
    }

    private String outage(Heard heard) {
        double[] sorted = new double[listeners];
        for (int i = 0; i < listeners; i++) {
            sorted[i] = heard.longestNs.get(i) / 1e9;
        }
        Arrays.sort(sorted);
        return String.format(
                Locale.ROOT,
                "%d of %d hear the stage again: nothing to hear for %.1f s (first), %.1f s (p50), %.1f s (p99), %.1f s"
                        + " (last)",
                listeners,
                listeners,
                sorted[0],
                sorted[(listeners - 1) / 2],
                sorted[Math.max(0, Math.ceilDiv(listeners * 99, 100) - 1)],
                sorted[listeners - 1]);
    }

    private void forget(Heard heard) {
        for (int i = 0; i < listeners; i++) {
            heard.longestNs.set(i, 0);
        }
    }
}
