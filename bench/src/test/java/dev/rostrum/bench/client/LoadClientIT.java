package dev.rostrum.bench.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.bench.client.SpaceAdmin.CreatedSpace;
import dev.rostrum.bench.media.ClientFigures;
import dev.rostrum.bench.media.LoadTotals;
import dev.rostrum.bench.media.MediaSettings;
import dev.rostrum.bench.media.Voice;
import dev.rostrum.bench.server.ServerProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
