package dev.rostrum.sfu.ice;

import static dev.rostrum.sfu.ice.IceSimulation.MS;
import static dev.rostrum.sfu.ice.IceSimulation.SECOND;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Chrome and Firefox, as far as ICE goes, over bad networks: nobody may stay without media for long. */
class IceLiteAgentSimTest {

    private static final int SEEDS = Integer.getInteger("rostrum.seeds", 200);
    private static final long HEALED_NS = 20 * SECOND;

    /** Two of Firefox's pauses between checks; in 10,000 seeds the longest was 11.8 s, the median 3.8 s. */
    private static final long LONGEST_GAP_NS = 15 * SECOND;

    @Test
    void chromeIsNeverStuck() {
        for (int seed = 0; seed < SEEDS; seed++) {
            new Scenario(seed, true).run();
        }
    }

    @Test
    void firefoxIsNeverStuck() {
        for (int seed = 0; seed < SEEDS; seed++) {
            new Scenario(seed, false).run();
        }
    }

    private static final class Scenario {
        private final int seed;
        private final boolean chrome;
        private final Random random;
        private final IceCredentials first;
        private final IceSimulation simulation;
        private Runnable stop = () -> {};

        Scenario(int seed, boolean chrome) {
            this.seed = seed;
            this.chrome = chrome;
            this.random = new Random(seed);
            this.first = IceCredentials.random(random);
            this.simulation = new IceSimulation(random, first);
        }

        void run() {
            try {
                play();
            } catch (AssertionError e) {
                String trace = String.join("\n", simulation.trace);
                throw new AssertionError((chrome ? "Chrome" : "Firefox") + ", seed " + seed + "\n" + trace, e);
            }
        }

        private void play() {
            connect(first);
            simulation.run(HEALED_NS);
            assertMedia();

            // New bindings, more than one in a row sometimes.
            int rebindings = random.nextInt(1, 4);
            for (int i = 0; i < rebindings; i++) {
                simulation.run(simulation.nowNs() + random.nextInt(1, 20_000) * MS);
                simulation.rebind();
            }
            simulation.run(simulation.nowNs() + HEALED_NS);
            assertMedia();
            assertTrue(
                    simulation.longestGapNs < LONGEST_GAP_NS, () -> "a gap of " + simulation.longestGapNs / MS + " ms");

            // ICE restart, on other sockets; the old ones go.
            IceCredentials second = IceCredentials.random(random);
            simulation.agent.restart(second);
            simulation.run(simulation.nowNs() + random.nextInt(500) * MS);
            stop.run();
            connect(second);
            simulation.run(simulation.nowNs() + HEALED_NS);
            assertMedia();
            assertEquals(List.of(first.ufrag()), simulation.retired);
            assertEquals(List.of(second.ufrag()), simulation.agent.ufrags());

            // Quiet from now on: what is selected is what the client uses, and stays so.
            int selections = simulation.selections;
            simulation.run(simulation.nowNs() + 60 * SECOND);
            assertMedia();
            assertTrue(simulation.selections - selections <= 1, "the selection flaps");
            IceSimulation.Client client = Objects.requireNonNull(simulation.client);
            IceSimulation.Socket active = Objects.requireNonNull(client.active());
            assertEquals(active.binding, simulation.agent.selected());
            assertEquals(0, simulation.expirations);

            // The client is gone without a word.
            stop.run();
            simulation.run(simulation.nowNs() + SECOND);
            long lastCheckNs = simulation.lastFreshCheckNs;
            assertEquals(lastCheckNs, simulation.agent.lastConsentNs());
            simulation.run(lastCheckNs + IceLiteAgent.CONSENT_NS - 1);
            assertNotNull(simulation.agent.selected());
            simulation.run(lastCheckNs + IceLiteAgent.CONSENT_NS);
            assertNull(simulation.agent.selected());
            assertEquals(1, simulation.expirations);
            assertEquals(List.of(), simulation.agent.validated());
            assertEquals(Long.MAX_VALUE, simulation.agent.deadlineNs());
        }

        /** One to three sockets, at least one of which works. */
        private void connect(IceCredentials server) {
            List<IceSimulation.Socket> sockets = new ArrayList<>();
            int count = random.nextInt(1, 4);
            int alive = random.nextInt(count);
            for (int i = 0; i < count; i++) {
                long priority = 0x60000000L + random.nextInt(0x1fffffff);
                sockets.add(simulation.socket(priority, i != alive && random.nextInt(3) == 0));
            }
            if (chrome) {
                ChromeModel model = new ChromeModel(simulation, random, server, sockets);
                simulation.client = model;
                stop = model::stop;
            } else {
                FirefoxModel model = new FirefoxModel(simulation, random, server, sockets);
                simulation.client = model;
                stop = model::stop;
            }
        }

        private void assertMedia() {
            long goneNs = simulation.nowNs() - simulation.lastMediaNs();
            assertTrue(goneNs < 2 * SECOND, () -> "no media for " + goneNs / MS + " ms");
        }
    }
}
