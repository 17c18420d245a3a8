package dev.rostrum.sfu.ice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.rostrum.sfu.udp.PeerAddress;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IceLiteAgentAllocationTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final class Silence implements IceLiteAgent.Sink {
        @Override
        public void onSend(byte[] response, PeerAddress to) {}

        @Override
        public void onValidated(PeerAddress tuple) {}

        @Override
        public void onInvalidated(PeerAddress tuple) {}

        @Override
        public void onSelected(PeerAddress tuple) {}

        @Override
        public void onUfragRetired(String ufrag) {}

        @Override
        public void onConsentExpired() {}

        @Override
        public void onNeverConnected() {}

        @Override
        public void onRefused(StunRefusal reason) {}
    }

    /** What a demultiplexer asks for every datagram. */
    @Test
    void askingForATupleOrForAHeaderAllocatesNothing() {
        Random random = new Random(5);
        IceCredentials local = IceCredentials.random(random);
        IceLiteAgent agent = new IceLiteAgent(local, new Silence(), 0);
        byte[] check = StunClient.check(StunClient.transactionId(random), local, 1, true);
        ByteBuffer source = ByteBuffer.allocateDirect(2048).put(100, check);
        for (int port = 1; port <= IceLiteAgent.MAX_TUPLES; port++) {
            byte[] another = StunClient.check(StunClient.transactionId(random), local, 1, true);
            agent.onDatagram(ByteBuffer.wrap(another), 0, another.length, new PeerAddress(0, 7, port, 0), port);
        }
        assertEquals(200_000L * IceLiteAgent.MAX_TUPLES, ask(agent, source, check.length, 100_000)); // and warms up
        int rounds = 1_000_000;
        long beforeBytes = THREADS.getCurrentThreadAllocatedBytes();
        long answers = ask(agent, source, check.length, rounds);
        long bytes = THREADS.getCurrentThreadAllocatedBytes() - beforeBytes;
        assertEquals(2L * rounds * IceLiteAgent.MAX_TUPLES, answers);
        assertTrue(bytes < rounds / 100, bytes + " bytes in " + rounds + " rounds");
    }

    private static long ask(IceLiteAgent agent, ByteBuffer source, int lengthBytes, int rounds) {
        long answers = 0;
        for (int round = 0; round < rounds; round++) {
            for (int port = 0; port < 2 * IceLiteAgent.MAX_TUPLES; port++) {
                answers += agent.isValidated(0, 7, port + 1, 0) ? 1 : 0;
                answers += port % 2 == 0 && StunCodec.isBindingRequest(source, 100, lengthBytes) ? 1 : 0;
            }
        }
        return answers;
    }
}
