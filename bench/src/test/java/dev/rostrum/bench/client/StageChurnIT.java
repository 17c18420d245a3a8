package dev.rostrum.bench.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.bench.client.SpaceAdmin.CreatedSpace;
import dev.rostrum.bench.media.ClientFigures;
import dev.rostrum.bench.media.MediaLoop;
import dev.rostrum.bench.media.MediaSettings;
import dev.rostrum.bench.media.PacketObserver;
import dev.rostrum.bench.media.SlotFigures;
import dev.rostrum.bench.media.Voice;
import dev.rostrum.bench.server.ServerProcess;
import dev.rostrum.bench.server.SocketDrops;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Promotions and demotions, five a second, while a crowd listens: nobody but who is meant may notice. */
@Timeout(180)
class StageChurnIT {

    private static final int LISTENERS = 300;
    private static final int CANDIDATES = 8;
    private static final int CHANGES = 100;
    private static final long BETWEEN_NS = 200_000_000L;
    private static final int LOUD_DBOV = 15;
    private static final int HOST_DBOV = 30;

    /** Slots and voices that any client has been sent. */
    private static final class Witness implements PacketObserver {
        private final Map<Integer, Set<Integer>> slots = new ConcurrentHashMap<>();
        private final Set<Integer> voices = ConcurrentHashMap.newKeySet();
        private final Map<Integer, Long> silencedNs = new ConcurrentHashMap<>();
        private final AtomicInteger unlawful = new AtomicInteger();

        /** From now on nothing that this client sends may be heard. */
        void silence(SpaceClient client) {
            silencedNs.put(client.id(), MediaLoop.clockNs());
        }

        void allow(SpaceClient client) {
            silencedNs.remove(client.id());
        }

        @Override
        public void onPacket(int client, int ssrc, int sequenceNumber, int csrc, long nowNs) {
            slots.computeIfAbsent(client, _ -> new HashSet<>()).add(ssrc);
            voices.add(csrc);
        }

        @Override
        public void onStamp(int client, int speaker, long sentNs) {
            if (sentNs > silencedNs.getOrDefault(speaker, Long.MAX_VALUE)) {
                unlawful.incrementAndGet();
            }
        }
    }

    @Test
    void listenersGetNoNegotiationAndNoBreakWhileTheStageChangesFiveTimesASecond(@TempDir Path dataDir)
            throws Exception {
        Witness witness = new Witness();
        try (ServerProcess server = ServerProcess.start(ServerProcess.Launch.of(dataDir, "--shards", "1"));
                LoadClients clients = new LoadClients(
                        MediaSettings.defaults().withCheckEvery(4).withObserver(witness), 3)) {
            CreatedSpace space = SpaceAdmin.create(server.address(), "churn", null);
            SpaceClient host = clients.participant(space.address(), space.host(), "host");
            host.speakWhenAllowed(Voice.steady(HOST_DBOV));
            host.join().get(20, TimeUnit.SECONDS);

            List<SpaceClient> candidates = new ArrayList<>();
            for (int i = 0; i < CANDIDATES; i++) {
                SpaceClient candidate = clients.participant(space.address(), space.listener(), "candidate " + i);
                // They talk all the time, whether they may or not: only the server keeps them from being heard.
                candidate.speak(Voice.steady(LOUD_DBOV));
                candidates.add(candidate);
            }
            joinAll(candidates);
            candidates.forEach(witness::silence);
            List<SpaceClient> listeners = new ArrayList<>();
            for (int i = 0; i < LISTENERS; i++) {
                listeners.add(clients.participant(space.address(), space.listener(), "listener " + i));
            }
            joinAll(listeners);
            for (SpaceClient listener : listeners) {
                assertTrue(listener.awaitHearing(20_000), () -> "listener " + listener.id() + " hears nothing");
            }
            SocketDrops before = SocketDrops.ofThisProcess();

            changeTheStage(host, candidates, witness);
            assertEquals(0, witness.unlawful.get(), "packets of people who were not on the stage were heard");

            Set<Integer> mayBeHeard = new HashSet<>();
            mayBeHeard.add(host.csrc());
            candidates.forEach(candidate -> mayBeHeard.add(candidate.csrc()));
            assertTrue(mayBeHeard.containsAll(witness.voices), () -> witness.voices + " not all of " + mayBeHeard);
            assertTrue(
                    witness.voices.size() > CANDIDATES / 2,
                    () -> "only " + witness.voices.size() + " voices were ever heard");
            long dropped = SocketDrops.ofThisProcess().since(before);
            long received = 0;
            long lost = 0;
            for (SpaceClient listener : listeners) {
                ClientFigures figures = listener.figures().join();
                assertEquals(1, listener.offers(), "a listener had to come back: " + listener.overBecause());
                assertEquals(1, listener.negotiated(), "a listener got a second SDP");
                assertEquals(1, figures.connections());
                assertTrue(figures.slots().size() <= 3, figures::toString);
                Set<Integer> seen = witness.slots.getOrDefault(listener.id(), Set.of());
                assertEquals(figures.slots().size(), seen.size(), "a slot's SSRC changed");
                assertEquals(0, figures.forged());
                for (SlotFigures slot : figures.slots()) {
                    received += slot.received();
                    lost += slot.lost();
                    assertEquals(0, slot.duplicates(), slot::toString);
                }
            }
            assertTrue(received > (long) LISTENERS * 500, "received " + received);
            long breaks = lost;
            assertEquals(
                    0,
                    Math.max(0, breaks - dropped),
                    () -> "sequences have holes: " + breaks + ", of which the generator's own sockets dropped "
                            + dropped);
        }
    }

    private static void joinAll(List<SpaceClient> clients) {
        clients.stream().map(SpaceClient::join).toList().forEach(joined -> joined.orTimeout(60, TimeUnit.SECONDS)
                .join());
    }

    /** Every 200 ms the next one comes onto the stage and speaks, or goes. */
    private static void changeTheStage(SpaceClient host, List<SpaceClient> candidates, Witness witness)
            throws Exception {
        Set<SpaceClient> onStage = new HashSet<>();
        long dueNs = System.nanoTime();
        for (int change = 0; change < CHANGES; change++) {
            SpaceClient next = candidates.get(change % candidates.size());
            if (onStage.remove(next)) {
                host.command("demote", next).get(10, TimeUnit.SECONDS);
                witness.silence(next); // what is sent from here on comes after the confirmation
            } else {
                witness.allow(next);
                host.command("promote", next).get(10, TimeUnit.SECONDS);
                next.command("unmute", Map.of()).get(10, TimeUnit.SECONDS);
                onStage.add(next);
            }
            dueNs += BETWEEN_NS;
            LockSupport.parkNanos(dueNs - System.nanoTime());
        }
    }
}
