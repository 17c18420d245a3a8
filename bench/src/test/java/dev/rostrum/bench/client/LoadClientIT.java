package dev.rostrum.bench.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.bench.client.SpaceAdmin.CreatedSpace;
import dev.rostrum.bench.media.ClientFigures;
import dev.rostrum.bench.media.LoadTotals;
import dev.rostrum.bench.media.MediaLoop;
import dev.rostrum.bench.media.MediaSettings;
import dev.rostrum.bench.media.Voice;
import dev.rostrum.bench.server.ServerProcess;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The load generator's clients against a real server: what they say they hear must be what was said. */
@Timeout(120)
class LoadClientIT {

    private static final Voice TALK = Voice.steady(20);

    @TempDir
    private static Path dataDir;

    private static ServerProcess server;

    @BeforeAll
    static void start() throws Exception {
        server = ServerProcess.start(ServerProcess.Launch.of(dataDir, "--shards", "1"));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    void playersHearAPublisherWithoutLoss() throws Exception {
        CreatedSpace space = SpaceAdmin.create(server.address(), "players", null);
        try (LoadClients clients = new LoadClients(MediaSettings.defaults().withCheckEvery(1), 1)) {
            LoadClient speaker = clients.publisher(space.address().whip(), space.speaker(), 0);
            speaker.join().get(20, TimeUnit.SECONDS);
            speaker.speak(TALK);
            List<LoadClient> listeners = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                listeners.add(clients.player(space.address().whep(), space.listener(), 1, 1));
            }
            listeners.stream().map(LoadClient::join).toList().forEach(joined -> joined.orTimeout(20, TimeUnit.SECONDS)
                    .join());
            hear(clients, listeners);
            speaker.leave().get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void participantsHearTheHostWithoutLoss() throws Exception {
        CreatedSpace space = SpaceAdmin.create(server.address(), "participants", null);
        try (LoadClients clients = new LoadClients(MediaSettings.defaults().withCheckEvery(1), 2)) {
            SpaceClient host = clients.participant(space.address(), space.host(), "host");
            host.join().get(20, TimeUnit.SECONDS);
            host.speakWhenAllowed(TALK);
            List<LoadClient> listeners = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                listeners.add(clients.participant(space.address(), space.listener(), "listener " + i));
            }
            listeners.stream().map(LoadClient::join).toList().forEach(joined -> joined.orTimeout(20, TimeUnit.SECONDS)
                    .join());
            assertEquals(1, host.negotiated());
            hear(clients, listeners);
            for (LoadClient listener : listeners) {
                assertEquals(
                        java.util.Set.of(host.csrc()), listener.figures().join().heard());
            }
        }
    }

    @Test
    void listenersOfIce4jHearRestartIceAfterACutAndLeave() throws Exception {
        CreatedSpace space = SpaceAdmin.create(server.address(), "ice4j", null);
        MediaSettings settings = MediaSettings.defaults().withCheckEvery(1).withIce4jShare(1);
        try (LoadClients clients = new LoadClients(settings, 3)) {
            SpaceClient host = clients.participant(space.address(), space.host(), "host");
            host.join().get(20, TimeUnit.SECONDS);
            host.speakWhenAllowed(TALK);
            SpaceClient listener = clients.participant(space.address(), space.listener(), "listener", 1);
            LoadClient player = clients.player(space.address().whep(), space.listener(), 1, 1);
            listener.join().get(20, TimeUnit.SECONDS);
            player.join().get(20, TimeUnit.SECONDS);
            assertTrue(listener.awaitHearing(10_000));
            assertTrue(player.awaitHearing(10_000));
            assertEquals(2, clients.totals().ice4j(), "the host is not of the share");
            InetSocketAddress before = Objects.requireNonNull(listener.address());

            listener.cutUdp(true);
            until(() -> !before.equals(listener.address())); // a restart of ice4j is another agent at another port
            listener.cutUdp(false);
            until(() -> listener.state() == SpaceClient.State.LIVE);
            long backNs = MediaLoop.clockNs();
            until(() -> listener.figures().join().lastPacketNs() > backNs);
            ClientFigures figures = listener.figures().join();
            assertEquals(1, figures.connections(), "DTLS and SRTP went on");
            assertEquals(0, figures.forged());
            assertEquals(0, player.figures().join().lost());

            listener.leave().get(10, TimeUnit.SECONDS);
            player.leave().get(10, TimeUnit.SECONDS);
            until(() -> clients.totals().ice4j() == 0);
        }
        until(() -> Thread.getAllStackTraces().keySet().stream()
                .noneMatch(thread -> thread.getName().startsWith("load-ice4j")
                        || thread.getName().startsWith("IceConnector")));
    }

    private static void until(BooleanSupplier holds) {
        while (!holds.getAsBoolean()) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20)); // the class's timeout ends it
        }
    }

    private static void hear(LoadClients clients, List<LoadClient> listeners) throws InterruptedException {
        for (LoadClient listener : listeners) {
            assertTrue(listener.awaitHearing(10_000), "listener " + listener.id() + " hears nothing");
        }
        while (clients.totals().received() < 20 * 100) {
            Thread.onSpinWait();
        }
        LoadTotals totals = clients.totals();
        assertEquals(0, totals.lost(), () -> totals.toString());
        assertEquals(0, totals.forged());
        assertTrue(totals.checked() >= 20 * 100);
        for (LoadClient listener : listeners) {
            ClientFigures figures = listener.figures().join();
            assertEquals(1, figures.slots().size(), figures::toString);
            assertEquals(1, figures.connections());
        }
    }
}
