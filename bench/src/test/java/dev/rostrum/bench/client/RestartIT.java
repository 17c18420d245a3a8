package dev.rostrum.bench.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.bench.client.SpaceAdmin.CreatedSpace;
import dev.rostrum.bench.media.MediaLoop;
import dev.rostrum.bench.media.MediaSettings;
import dev.rostrum.bench.media.PacketObserver;
import dev.rostrum.bench.media.Voice;
import dev.rostrum.bench.server.ServerProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A server that is killed under a crowd and started again: everybody is back by themselves. Reports how soon. */
@Timeout(180)
class RestartIT {

    private static final int LISTENERS = 100;
    private static final int MOST_CLIENTS = 1_000;

    @TempDir
    private Path dataDir;

    /** When each client got its first packet after the kill. */
    private static final class FirstPackets implements PacketObserver {

        private final AtomicLongArray firstNs = new AtomicLongArray(MOST_CLIENTS);
        private volatile boolean watching;

        @Override
        public void onPacket(int client, int ssrc, int sequenceNumber, int csrc, long nowNs) {
            if (watching && firstNs.get(client) == 0) {
                firstNs.set(client, nowNs);
            }
        }
    }

    @Test
    void everybodyHearsAgainAfterKill9() throws Exception {
        FirstPackets packets = new FirstPackets();
        int httpPort = ServerProcess.freePort();
        int mediaPort = ServerProcess.freePort();
        ServerProcess.Launch launch =
                ServerProcess.Launch.of(dataDir, "--shards", "1").at(httpPort, mediaPort);
        ServerProcess server = ServerProcess.start(launch);
        try (LoadClients clients = new LoadClients(MediaSettings.defaults().withObserver(packets), 3)) {
            CreatedSpace space = SpaceAdmin.create(server.address(), "restart", null);
            SpaceClient host = clients.participant(space.address(), space.host(), "host");
            host.join().get(20, TimeUnit.SECONDS);
            host.speakWhenAllowed(Voice.steady(20));
            List<SpaceClient> listeners = new ArrayList<>();
            for (int i = 0; i < LISTENERS; i++) {
                listeners.add(clients.participant(space.address(), null, "listener " + i));
            }
            listeners.stream().map(LoadClient::join).toList().forEach(joined -> joined.orTimeout(30, TimeUnit.SECONDS)
                    .join());
            for (SpaceClient listener : listeners) {
                assertTrue(listener.awaitHearing(30_000), "listener " + listener.id() + " hears nothing");
            }
            List<String> before =
                    listeners.stream().map(SpaceClient::participantId).toList();

            long killedNs = MediaLoop.clockNs();
            server.kill();
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200)); // what was on its way has come
            packets.watching = true;
            server = ServerProcess.start(launch);
            long startedNs = MediaLoop.clockNs();
            for (SpaceClient listener : listeners) {
                while (packets.firstNs.get(listener.id()) == 0) {
                    assertTrue(listener.state() != SpaceClient.State.OVER, listener::overBecause);
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
                }
            }

            assertEquals(
                    before, listeners.stream().map(SpaceClient::participantId).toList());
            double[] seconds = listeners.stream()
                    .mapToDouble(listener -> (packets.firstNs.get(listener.id()) - killedNs) / 1e9)
                    .sorted()
                    .toArray();
            System.out.printf(
                    Locale.ROOT,
                    "kill -9 with %d simulated listeners: all hear again; first %.1f s, p50 %.1f s, p99 %.1f s, last"
                            + " %.1f s after the kill; of that the server's start %.1f s (%.0f %% of the p50)%n",
                    LISTENERS,
                    seconds[0],
                    percentile(seconds, 50),
                    percentile(seconds, 99),
                    seconds[seconds.length - 1],
                    (startedNs - killedNs) / 1e9,
                    (startedNs - killedNs) / 1e7 / percentile(seconds, 50));
            assertTrue(Arrays.stream(seconds).allMatch(one -> one > 0));
        } finally {
            server.kill();
        }
    }

    private static double percentile(double[] sorted, int percent) {
        return sorted[Math.max(0, Math.ceilDiv(sorted.length * percent, 100) - 1)];
    }
}
