package dev.rostrum.sfu.udp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rostrum.sfu.udp.UdpPort.Counter;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every kind of port, on real sockets of this machine's loopback. */
@ParameterizedClass
@MethodSource("kinds")
final class UdpPortContractTest {

    /** How a port is bound. */
    enum Kind {
        LINUX,
        CHANNEL;

        UdpPort bind(List<InetSocketAddress> locals) throws IOException {
            return this == LINUX ? LinuxUdpPort.bind(locals) : ChannelUdpPort.bind(locals);
        }
    }

    private static final long LONG_NS = 60_000_000_000L;
    private static final int PATIENCE = 200; // waits of 50 ms

    static List<Kind> kinds() {
        return LinuxUdpPort.supported() ? List.of(Kind.values()) : List.of(Kind.CHANNEL);
    }

    private final Kind kind;
    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable resource : opened) {
            resource.close();
        }
    }

    UdpPortContractTest(Kind kind) {
        this.kind = kind;
    }

    private UdpPort open(String... hosts) throws IOException {
        List<InetSocketAddress> locals = new ArrayList<>();
        for (String host : hosts) {
            locals.add(Literal.at(host, 0));
        }
        UdpPort port = kind.bind(locals);
        opened.add(port);
        return port;
    }

    private DatagramSocket client(String host) throws IOException {
        DatagramSocket socket = new DatagramSocket(Literal.at(host, 0));
        socket.setSoTimeout(10_000);
        opened.add(socket);
        return socket;
    }

    private static byte[] bytes(int length, int seed) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (i * 31 + seed);
        }
        return bytes;
    }

    private static void send(DatagramSocket from, InetSocketAddress to, byte[] bytes) throws IOException {
        from.send(new DatagramPacket(bytes, bytes.length, to));
    }

    private static byte[] read(UdpPort port, int i) {
        byte[] bytes = new byte[port.receivedLength(i)];
        port.received().bytes().get(port.receivedOffset(i), bytes);
        return bytes;
    }

    private static PeerAddress source(UdpPort port, int i) {
        return new PeerAddress(port.receivedHi(i), port.receivedLo(i), port.receivedPort(i), port.receivedLocal(i));
    }

    private static int await(UdpPort port) {
        for (int i = 0; i < PATIENCE; i++) {
            int count = port.receive(50_000_000);
            if (count > 0) {
                return count;
            }
        }
        throw new AssertionError("nothing was received");
    }

    private static void send(UdpPort port, PeerAddress to, byte[] bytes) {
        int at = port.reserve();
        port.outgoing().bytes().put(at, bytes);
        port.commit(bytes.length, to);
    }

    private static DatagramPacket receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
        socket.receive(packet);
        return packet;
    }

    private static byte[] payload(DatagramPacket packet) {
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    private void echoes(String host) throws IOException {
        UdpPort port = open(host);
        DatagramSocket client = client(host);
        byte[] question = bytes(130, 1);
        send(client, port.local(0), question);
        assertEquals(1, await(port));
        assertArrayEquals(question, read(port, 0));
        PeerAddress from = source(port, 0);
        assertEquals(PeerAddress.of((InetSocketAddress) client.getLocalSocketAddress(), 0), from);
        byte[] answer = bytes(1400, 2);
        send(port, from, answer);
        port.flush();
        DatagramPacket back = receive(client);
        assertArrayEquals(answer, payload(back));
        assertEquals(port.local(0), back.getSocketAddress());
    }

    @Test
    void aDatagramOverIpv4ComesInAndItsAnswerGoesBack() throws IOException {
        echoes("127.0.0.1");
    }

    @Test
    void aDatagramOverIpv6ComesInAndItsAnswerGoesBack() throws IOException {
        assumeTrue(Literal.IPV6, "this machine's loopback has no IPv6");
        echoes("::1");
    }

    @Test
    void anAnswerLeavesFromTheAddressThatWasAsked() throws IOException {
        UdpPort port = open("127.0.0.1", "127.0.0.2", Literal.IPV6_OR_4, "127.0.0.3");
        assertEquals(4, port.localCount());
        DatagramSocket v4 = client("127.0.0.1");
        DatagramSocket v6 = client(Literal.IPV6_OR_4);
        // Many rounds in one batch, mixed, so that batches for several sockets are in flight at once.
        int[] order = {3, 0, 1, 2, 1, 1, 2, 0, 3, 3};
        for (int local : order) {
            send(local == 2 ? v6 : v4, port.local(local), bytes(40 + local, local));
        }
        int seen = 0;
        while (seen < order.length) {
            int count = await(port);
            for (int i = 0; i < count; i++) {
                int local = port.receivedLocal(i);
                assertArrayEquals(bytes(40 + local, local), read(port, i));
                send(port, source(port, i), read(port, i));
            }
            seen += count;
        }
        port.flush();
        for (int i = 0; i < order.length; i++) {
            DatagramSocket client = i < 2 ? v6 : v4;
            DatagramPacket back = receive(client);
            int local = back.getLength() - 40;
            assertEquals(port.local(local), back.getSocketAddress());
            assertArrayEquals(bytes(40 + local, local), payload(back));
        }
        assertEquals(order.length, port.counters().get(Counter.SENT));
    }

    @Test
    void aBatchThatIsFullIsFlushedByItself() throws IOException {
        UdpPort port = open("127.0.0.1");
        DatagramSocket client = client("127.0.0.1");
        client.setReceiveBufferSize(4 << 20);
        PeerAddress to = PeerAddress.of((InetSocketAddress) client.getLocalSocketAddress(), 0);
        int count = 500;
        for (int i = 0; i < count; i++) {
            int at = port.reserve();
            port.outgoing().bytes().putInt(at, i);
            port.commit(4 + i % 100, to);
        }
        port.flush();
        for (int i = 0; i < count; i++) {
            DatagramPacket packet = receive(client);
            assertEquals(i, java.nio.ByteBuffer.wrap(packet.getData()).getInt());
            assertEquals(4 + i % 100, packet.getLength());
        }
        assertEquals(count, port.counters().get(Counter.SENT));
        port.flush();
        assertEquals(count, port.counters().get(Counter.SENT), "nothing is sent twice");
    }

    @Test
    void aPlaceThatWasReservedButNotCommittedIsGivenAgain() throws IOException {
        UdpPort port = open("127.0.0.1");
        DatagramSocket client = client("127.0.0.1");
        PeerAddress to = PeerAddress.of((InetSocketAddress) client.getLocalSocketAddress(), 0);
        int at = port.reserve();
        assertEquals(at, port.reserve());
        send(port, to, bytes(10, 1));
        assertNotEquals(at, port.reserve());
        port.flush();
        assertArrayEquals(bytes(10, 1), payload(receive(client)));
        assertEquals(1, port.counters().get(Counter.SENT));
    }

    @Test
    void aReservedPlaceHasRoomForTheLongestDatagramAndATag() throws IOException {
        UdpPort port = open("127.0.0.1");
        Set<Integer> places = new HashSet<>();
        PeerAddress nowhere = PeerAddress.of(Literal.at("127.0.0.1", 9), 0);
        for (int i = 0; i < 10; i++) {
            int at = port.reserve();
            places.add(at);
            assertTrue(at + UdpPort.MAX_DATAGRAM_BYTES + 64 <= port.outgoing().capacityBytes());
            for (int other : places) {
                assertTrue(other == at || Math.abs(other - at) >= UdpPort.MAX_DATAGRAM_BYTES + 64);
            }
            port.commit(1, nowhere);
        }
    }

    @Test
    void theLongestDatagramComesWholeAndALongerOneNotAtAll() throws IOException {
        UdpPort port = open("127.0.0.1");
        DatagramSocket client = client("127.0.0.1");
        send(client, port.local(0), bytes(1501, 1));
        send(client, port.local(0), bytes(1500, 2));
        send(client, port.local(0), bytes(9000, 3));
        send(client, port.local(0), bytes(1, 4));
        List<byte[]> came = new ArrayList<>();
        while (came.size() < 2) {
            int count = await(port);
            for (int i = 0; i < count; i++) {
                came.add(read(port, i));
            }
        }
        assertArrayEquals(bytes(1500, 2), came.get(0));
        assertArrayEquals(bytes(1, 4), came.get(1));
        assertEquals(2, port.counters().get(Counter.RECEIVED_TOO_LONG));
        assertEquals(2, port.counters().get(Counter.RECEIVED));
        assertEquals(1501, port.counters().get(Counter.RECEIVED_BYTES));
    }

    @Test
    void anEmptyDatagramComesInAndGoesOut() throws IOException {
        UdpPort port = open("127.0.0.1");
        DatagramSocket client = client("127.0.0.1");
        send(client, port.local(0), new byte[0]);
        assertEquals(1, await(port));
        assertEquals(0, port.receivedLength(0));
        send(port, source(port, 0), new byte[0]);
        port.flush();
        assertEquals(0, receive(client).getLength());
        assertEquals(1, port.counters().get(Counter.SENT));
    }

    @Test
    void aWakeupEndsTheWait() throws Exception {
        UdpPort port = open("127.0.0.1");
        Thread waker = Thread.ofVirtual().start(port::wakeup);
        assertEquals(0, port.receive(LONG_NS));
        waker.join();
        // And one that comes before the wait isn't lost, however many there were before.
        for (int i = 0; i < 3; i++) {
            port.wakeup();
            assertEquals(0, port.receive(LONG_NS));
        }
    }

    @Test
    void aPollDoesNotWait() throws IOException {
        UdpPort port = open("127.0.0.1");
        assertEquals(0, port.receive(0));
        assertEquals(0, port.receive(-1));
        assertEquals(0, port.receive(Long.MIN_VALUE));
        assertEquals(0, port.receive(1000));
    }

    @Test
    void sendingToAClosedPortHarmsNobody() throws IOException {
        UdpPort port = open("127.0.0.1", Literal.IPV6_OR_4);
        DatagramSocket client = client("127.0.0.1");
        DatagramSocket closed = new DatagramSocket(Literal.at("127.0.0.1", 0));
        InetSocketAddress gone = (InetSocketAddress) closed.getLocalSocketAddress();
        closed.close();
        DatagramSocket closed6 = new DatagramSocket(Literal.at(Literal.IPV6_OR_4, 0));
        InetSocketAddress gone6 = (InetSocketAddress) closed6.getLocalSocketAddress();
        closed6.close();
        PeerAddress alive = PeerAddress.of((InetSocketAddress) client.getLocalSocketAddress(), 0);
        for (int round = 0; round < 10; round++) {
            send(port, PeerAddress.of(gone, 0), bytes(20, 0));
            send(port, PeerAddress.of(gone6, 1), bytes(20, 0));
            send(port, alive, bytes(20, round));
            port.flush();
            port.receive(0);
            assertArrayEquals(bytes(20, round), payload(receive(client)));
        }
        send(client, port.local(0), bytes(5, 5));
        assertEquals(1, await(port));
    }

    @Test
    void aDestinationThatTheSystemRefusesIsSkippedAndTheOthersAreServed() throws IOException {
        UdpPort port = open("127.0.0.1");
        DatagramSocket client = client("127.0.0.1");
        PeerAddress alive = PeerAddress.of((InetSocketAddress) client.getLocalSocketAddress(), 0);
        PeerAddress portZero = PeerAddress.of(Literal.at("127.0.0.1", 0), 0);
        PeerAddress broadcast = PeerAddress.of(Literal.at("255.255.255.255", 9), 0);
        send(port, portZero, bytes(7, 0));
        send(port, alive, bytes(7, 1));
        send(port, broadcast, bytes(7, 0));
        send(port, portZero, bytes(7, 0));
        send(port, alive, bytes(7, 2));
        send(port, broadcast, bytes(7, 0));
        port.flush();
        assertArrayEquals(bytes(7, 1), payload(receive(client)));
        assertArrayEquals(bytes(7, 2), payload(receive(client)));
        assertEquals(2, port.counters().get(Counter.SENT));
        assertEquals(14, port.counters().get(Counter.SENT_BYTES));
        assertEquals(4, port.counters().get(Counter.SEND_REFUSED));
    }

    @Test
    void allDatagramsOfManySourcesAreCountedAndAccountedFor() throws Exception {
        UdpPort port = open("127.0.0.1", "127.0.0.2");
        UdpPort sender = open("127.0.0.1", "127.0.0.2", "127.0.0.3");
        int rounds = 16_000;
        int perRound = 60; // about a million datagrams; few in flight, so that the loopback loses none
        long received = 0;
        long bytes = 0;
        long sum = 0;
        long expectedSum = 0;
        int sequence = 0;
        PeerAddress[] to = new PeerAddress[6];
        for (int i = 0; i < to.length; i++) {
            to[i] = PeerAddress.of(port.local(i % 2), i % 3);
        }
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < perRound; i++) {
                int at = sender.reserve();
                sender.outgoing().bytes().putInt(at, sequence);
                sender.commit(4 + sequence % 7, to[sequence % to.length]);
                expectedSum += sequence++;
            }
            sender.flush();
            long until = received + perRound;
            while (received < until) {
                int count = await(port);
                for (int i = 0; i < count; i++) {
                    int number = port.received().bytes().getInt(port.receivedOffset(i));
                    assertEquals(4 + number % 7, port.receivedLength(i));
                    assertEquals(
                            to[number % to.length].port(),
                            port.local(port.receivedLocal(i)).getPort());
                    assertEquals(number % 2, port.receivedLocal(i));
                    assertEquals(0xffff_7f00_0001L + number % to.length % 3, port.receivedLo(i));
                    sum += number;
                    bytes += port.receivedLength(i);
                }
                received += count;
            }
        }
        assertEquals(expectedSum, sum);
        assertEquals((long) rounds * perRound, sender.counters().get(Counter.SENT));
        assertEquals((long) rounds * perRound, port.counters().get(Counter.RECEIVED));
        assertEquals(bytes, port.counters().get(Counter.RECEIVED_BYTES));
        assertEquals(bytes, sender.counters().get(Counter.SENT_BYTES));
        assertEquals(0, sender.counters().get(Counter.SEND_REFUSED));
        assertEquals(0, sender.counters().get(Counter.SEND_FULL));
        assertEquals(0, port.counters().get(Counter.RECEIVE_ERRORS));
    }

    @Test
    void aFloodAtOneAddressLeavesRoomForTheOthers() throws IOException {
        UdpPort port = open("127.0.0.1", "127.0.0.2");
        DatagramSocket client = client("127.0.0.1");
        for (int i = 0; i < 300; i++) {
            send(client, port.local(0), bytes(10, 0));
        }
        send(client, port.local(1), bytes(11, 0));
        int count = await(port);
        boolean other = false;
        for (int i = 0; i < count; i++) {
            other |= port.receivedLocal(i) == 1;
        }
        assertTrue(other, "the one datagram of the quiet address is in the first batch of " + count);
    }

    @Test
    void severalPortsShareAnAddress() throws IOException {
        UdpPort first = open("127.0.0.1");
        UdpPort second = kind.bind(List.of(first.local(0)));
        opened.add(second);
        assertEquals(first.local(0), second.local(0));
    }

    @Test
    void anAddressThatIsTakenIsNamed() throws IOException {
        DatagramSocket other = client("127.0.0.1"); // does not share
        InetSocketAddress taken = (InetSocketAddress) other.getLocalSocketAddress();
        BindException e =
                assertThrows(BindException.class, () -> kind.bind(List.of(Literal.at("127.0.0.2", 0), taken)));
        assertTrue(e.toString().contains("127.0.0.1:" + taken.getPort()), e.toString());
        assertTrue(e.toString().contains("in use"), e.toString());
        BindException foreign =
                assertThrows(BindException.class, () -> kind.bind(List.of(Literal.at("192.0.2.7", 7000))));
        assertTrue(foreign.toString().contains("192.0.2.7:7000"), foreign.toString());
        if (Literal.IPV6) {
            BindException foreign6 =
                    assertThrows(BindException.class, () -> kind.bind(List.of(Literal.at("2001:db8::7", 7000))));
            assertTrue(foreign6.toString().contains("[2001:db8:0:0:0:0:0:7]:7000"), foreign6.toString());
        }
    }

    @Test
    void closingFreesTheAddressAndMayBeDoneTwice() throws IOException {
        UdpPort port = open("127.0.0.1", Literal.IPV6_OR_4);
        InetSocketAddress local = port.local(0);
        port.close();
        port.close();
        port.wakeup();
        try (DatagramSocket successor = new DatagramSocket(local)) {
            assertEquals(local, successor.getLocalSocketAddress());
        }
    }

    @Test
    void whatWasNotFlushedIsNotSent() throws IOException {
        UdpPort port = open("127.0.0.1");
        DatagramSocket client = client("127.0.0.1");
        client.setSoTimeout(50);
        send(port, PeerAddress.of((InetSocketAddress) client.getLocalSocketAddress(), 0), bytes(3, 3));
        assertThrows(SocketTimeoutException.class, () -> receive(client));
        assertTrue(port.description().contains("KiB"), port.description());
    }
}
