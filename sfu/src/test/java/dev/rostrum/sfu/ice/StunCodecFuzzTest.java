package dev.rostrum.sfu.ice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.rostrum.sfu.ice.StunResult.BindingRequest;
import dev.rostrum.sfu.ice.StunResult.Refused;
import dev.rostrum.sfu.udp.PeerAddress;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

class StunCodecFuzzTest {

    private static final IceCredentials LOCAL = new IceCredentials("evtj", "VOkJxbRl1RmTxUk/WvJxBt");
    private static final byte[] TRANSACTION_ID = new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

    @FuzzTest
    void anyBytesAreReadOrRefused(byte[] datagram) {
        ByteBuffer source = ByteBuffer.allocateDirect(datagram.length + 7);
        source.put(3, datagram);
        boolean binding = StunCodec.isBindingRequest(source, 3, datagram.length);
        String ufrag = StunCodec.localUfrag(source, 3, datagram.length);
        StunResult result = StunCodec.decode(source, 3, datagram.length, LOCAL);
        assertTrue(binding || ufrag == null);
        if (!LOCAL.ufrag().equals(ufrag)) {
            assertNull(((Refused) result).response());
        }
        assertConsistent(result);
        assertEquals(0, source.position());
        assertEquals(datagram.length + 7, source.limit());
    }

    /** Past the HMAC, where only an authentic client gets: any attributes, sealed. */
    @FuzzTest
    void whateverIsSealedIsReadOrRefused(byte[] attributes) {
        if (attributes.length > 400) {
            return;
        }
        byte[] datagram = new StunWriter(StunLayout.BINDING_REQUEST, TRANSACTION_ID)
                .attribute(attributes)
                .integrity(StunWriter.key(LOCAL))
                .fingerprint()
                .toBytes();
        assertConsistent(StunCodec.decode(ByteBuffer.wrap(datagram), 0, datagram.length, LOCAL));
    }

    private static void assertConsistent(StunResult result) {
        switch (result) {
            case BindingRequest(byte[] id, long priority, boolean _, StunResult.Role role, long tieBreaker) -> {
                assertEquals(12, id.length);
                assertEquals(priority & 0xffff_ffffL, priority);
                assertTrue(role != StunResult.Role.UNSTATED || tieBreaker == 0);
            }
            case Refused(StunRefusal reason, byte @Nullable [] response) -> {
                boolean authentic = reason == StunRefusal.UNKNOWN_ATTRIBUTES;
                assertEquals(authentic, response != null, reason.toString());
                if (response != null) {
                    assertTrue(StunClient.isAuthentic(response, LOCAL.pwd()));
                    assertTrue(response.length <= 120);
                }
            }
        }
    }

    /** Any order of checks, restarts, rubbish and time: the agent's word to its owner holds together. */
    @FuzzTest
    void theAgentKeepsItsPromises(FuzzedDataProvider data) {
        Random random = new Random(1);
        Owner owner = new Owner();
        IceCredentials current = LOCAL;
        IceLiteAgent agent = new IceLiteAgent(current, owner, 0);
        byte[] last = new byte[0];
        long nowNs = 0;
        while (data.remainingBytes() > 0) {
            PeerAddress from = new PeerAddress(0, data.consumeInt(0, 31), 9, data.consumeInt(0, 1));
            switch (data.consumeInt(0, 8)) {
                case 0, 1, 2, 3 -> {
                    last = StunClient.check(
                            StunClient.transactionId(random), current, data.consumeByte(), data.consumeBoolean());
                    send(agent, last, from, nowNs);
                }
                case 4 -> send(agent, last, from, nowNs);
                case 5 -> send(agent, data.consumeBytes(100), from, nowNs);
                case 6 -> {
                    current = IceCredentials.random(random);
                    agent.restart(current);
                }
                case 7 -> agent.onMedia(nowNs);
                default -> {
                    nowNs += data.consumeInt(0, 40_000) * 1_000_000L;
                    if (agent.deadlineNs() <= nowNs) {
                        agent.onDeadline(nowNs);
                        assertTrue(agent.deadlineNs() > nowNs);
                    }
                }
            }
            PeerAddress selected = agent.selected();
            assertEquals(owner.validated, new HashSet<>(agent.validated()));
            assertTrue(owner.validated.size() <= IceLiteAgent.MAX_TUPLES);
            assertEquals(owner.selected, selected);
            assertTrue(selected == null ? owner.validated.isEmpty() : agent.isValidated(selected));
            assertTrue(agent.ufrags().size() <= 2);
            assertTrue(agent.ufrags().stream().noneMatch(owner.retired::contains));
        }
    }

    private static void send(IceLiteAgent agent, byte[] datagram, PeerAddress from, long nowNs) {
        agent.onDatagram(ByteBuffer.wrap(datagram), 0, datagram.length, from, nowNs);
    }

    private static final class Owner implements IceLiteAgent.Sink {
        final Set<PeerAddress> validated = new HashSet<>();
        final Set<String> retired = new HashSet<>();

        @Nullable
        PeerAddress selected;

        @Override
        public void onSend(byte[] response, PeerAddress to) {
            assertNotNull(to);
            assertTrue(StunClient.hasFingerprint(response));
        }

        @Override
        public void onValidated(PeerAddress tuple) {
            validated.add(tuple);
        }

        @Override
        public void onInvalidated(PeerAddress tuple) {
            assertTrue(validated.remove(tuple));
        }

        @Override
        public void onSelected(PeerAddress tuple) {
            assertTrue(validated.contains(tuple));
            assertTrue(!Objects.equals(tuple, selected));
            selected = tuple;
        }

        @Override
        public void onUfragRetired(String ufrag) {
            assertTrue(retired.add(ufrag));
        }

        @Override
        public void onConsentExpired() {
            assertNotNull(selected);
            selected = null;
        }

        @Override
        public void onNeverConnected() {
            assertTrue(validated.isEmpty());
        }

        @Override
        public void onRefused(StunRefusal reason) {
            assertNotNull(reason);
        }
    }
}
