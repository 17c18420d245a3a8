package dev.rostrum.bench.fanout;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class BareLoopTest {

    @BeforeAll
    static void onlyWhereItRuns() {
        assumeTrue(BareLoop.supported(), "the yardstick needs 64-bit Linux and libcrypto.so.3");
    }

    @Test
    void eachListenerGetsAPacketThatItsKeyDecrypts() throws Exception {
        List<DatagramSocket> sockets = new ArrayList<>();
        try {
            List<InetSocketAddress> destinations = new ArrayList<>();
            for (int i = 0; i < 100; i++) { // more than a batch
                DatagramSocket socket =
                        new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
                socket.setSoTimeout(10_000);
                sockets.add(socket);
                destinations.add((InetSocketAddress) socket.getLocalSocketAddress());
            }
            try (BareLoop loop = new BareLoop(destinations, 20, 100)) {
                assertEquals(100, loop.round());
                assertEquals(100, loop.round());
            }
            byte[] first = new byte[0];
            for (int i = 0; i < 100; i++) {
                for (int round = 1; round <= 2; round++) {
                    DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
                    sockets.get(i).receive(packet);
                    assertEquals(20 + 100 + 16, packet.getLength());
                    ByteBuffer header = ByteBuffer.wrap(packet.getData());
                    assertEquals(0x806f0000 + round, header.getInt(0));
                    assertEquals(i, header.getInt(8));
                    byte[] iv = ByteBuffer.allocate(12)
                            .putInt(4, i)
                            .putInt(8, round)
                            .array();
                    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
                    cipher.init(
                            Cipher.DECRYPT_MODE,
                            new SecretKeySpec(BareLoop.key(i), "AES"),
                            new GCMParameterSpec(128, iv));
                    cipher.updateAAD(packet.getData(), 0, 20);
                    byte[] payload = cipher.doFinal(packet.getData(), 20, 116);
                    first = first.length == 0 ? payload : first;
                    assertArrayEquals(first, payload, "all get the same payload");
                    assertTrue(!Arrays.equals(payload, Arrays.copyOfRange(packet.getData(), 20, 120)));
                }
            }
        } finally {
            sockets.forEach(DatagramSocket::close);
        }
    }

    @Test
    void socketsAreDrained() throws Exception {
        try (DrainedSockets sockets = new DrainedSockets(70);
                BareLoop loop = new BareLoop(sockets.addresses(), 12, 100)) {
            for (int round = 0; round < 20; round++) {
                assertEquals(70, loop.round());
            }
            assertTrue(sockets.awaitDrained(70 * 20), sockets.drained() + " came");
            assertEquals(70 * 20, sockets.drained());
        }
    }
}
