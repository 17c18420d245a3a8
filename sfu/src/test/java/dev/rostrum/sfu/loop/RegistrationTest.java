package dev.rostrum.sfu.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.sim.SimClock;
import dev.rostrum.sfu.sim.SimNetwork;
import dev.rostrum.sfu.sim.SimUdpPort;
import dev.rostrum.sfu.udp.Literal;
import dev.rostrum.sfu.udp.UdpPort;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class RegistrationTest {

    /** Writes down what is done to it. */
    private static final class Written implements FaultHandler {

        private final List<String> done = new ArrayList<>();

        @Override
        public void onFault(RuntimeException fault) {
            done.add("fault: " + fault.getMessage());
        }
    }

    private final SimClock clock = new SimClock();
    private final SimNetwork network = new SimNetwork(clock, 1);
    private final Shard shard = Shard.linked(
                    List.of(new SimUdpPort(network, List.of(Literal.at("192.0.2.1", 7000)))), clock)
            .getFirst();
    private final Registration<String, Written> registration = new Registration<>("spec");
    private final Written endpoint = new Written();

    @Test
    void whatIsGivenBeforeThereIsAnEndpointIsDoneFirstAndInItsOrder() {
        assertTrue(registration.execute(written -> written.done.add("first")));
        assertTrue(registration.claim(shard));
        assertTrue(registration.execute(written -> {
            written.done.add("second");
            registration.execute(later -> later.done.add("fourth"));
            throw new IllegalStateException("third");
        }));

        registration.open(endpoint);
        shard.turn(0);

        assertEquals(List.of("first", "second", "fault: third", "fourth"), endpoint.done);
        assertSame(endpoint, registration.endpoint());
        assertSame(shard, registration.shard());
    }

    @Test
    void onlyOneClaimsAndOnlyOneReportsTheEnd() {
        assertTrue(registration.claim(shard));
        assertFalse(registration.claim(shard));
        assertFalse(registration.withdraw(), "it is claimed");
        registration.open(endpoint);

        assertTrue(registration.end());
        assertFalse(registration.end());
        assertTrue(registration.ended());
        assertNull(registration.endpoint());
        assertFalse(registration.execute(written -> written.done.add("too late")));
    }

    @Test
    void whatWasWithdrawnCanNotBeClaimed() {
        registration.execute(written -> written.done.add("never"));

        assertTrue(registration.withdraw());
        assertFalse(registration.withdraw());
        assertFalse(registration.claim(shard));
        assertFalse(registration.end());
    }

    @Test
    void anEndpointThatEndsWhileItOpensDoesNothingMore() {
        registration.execute(written -> written.done.add("never"));
        assertTrue(registration.claim(shard));
        assertTrue(registration.end());

        registration.open(endpoint);

        assertNull(registration.endpoint());
        assertEquals(List.of(), endpoint.done);
    }

    /** Whoever gives work to a sleeping shard wakes it, and may have to wait long for the processor right then. */
    @Test
    void aShardDoesNotWaitForWhoeverIsWakingIt() throws Exception {
        CountDownLatch asleep = new CountDownLatch(1);
        CountDownLatch awake = new CountDownLatch(1);
        CompletableFuture<Boolean> ended = new CompletableFuture<>();
        UdpPort port = (UdpPort)
                Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {UdpPort.class}, (_, method, _) -> {
                    return switch (method.getName()) {
                        case "receive" -> {
                            asleep.countDown();
                            awake.await(20, TimeUnit.SECONDS);
                            yield 0;
                        }
                        case "wakeup" -> {
                            // Here the shard would be running already.
                            ended.complete(CompletableFuture.supplyAsync(registration::end)
                                    .get(10, TimeUnit.SECONDS));
                            yield null;
                        }
                        default -> null;
                    };
                });
        Shard sleeping = Shard.linked(List.of(port), clock).getFirst();
        registration.claim(sleeping);
        registration.open(endpoint);
        Thread turns = Thread.ofPlatform().start(() -> sleeping.turn(TimeUnit.SECONDS.toNanos(20)));
        try {
            assertTrue(asleep.await(10, TimeUnit.SECONDS));
            registration.execute(written -> written.done.add("done"));

            assertTrue(ended.get(10, TimeUnit.SECONDS));
        } finally {
            awake.countDown();
            turns.join();
        }
    }
}
