package dev.rostrum.dtls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import dev.rostrum.srtp.SrtpProfile;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

class DtlsTransportTest {

    private static final DtlsCrypto CRYPTO = DtlsCrypto.select();

    private final DtlsHandshakes pool = new DtlsHandshakes(CRYPTO, DtlsEnd.NO_RETRANSMISSION);

    @AfterEach
    void closePool() {
        pool.close();
    }

    static Stream<DtlsCrypto> cryptos() {
        return Stream.of(CRYPTO, DtlsCrypto.bouncyCastle());
    }

    @ParameterizedTest
    @MethodSource("cryptos")
    void bothRolesAgreeOnTheKeysAndOnTheBestProfile(DtlsCrypto crypto) throws Exception {
        try (DtlsHandshakes own = new DtlsHandshakes(crypto, DtlsEnd.NO_RETRANSMISSION)) {
            DtlsEnd client = DtlsEnd.client(own);
            DtlsEnd server = DtlsEnd.server(own);
            DtlsEnd.connect(client, server);
            client.transport.start();
            DtlsEnd.assertSameKeys(client, server);
            assertEquals(SrtpProfile.AEAD_AES_128_GCM, client.keys().profile());
        }
    }

    @Test
    void aFlightLeavesInAsFewDatagramsAsItFitsIn() throws Exception {
        DtlsEnd client = DtlsEnd.client(pool);
        DtlsEnd server = DtlsEnd.server(pool);
        List<byte[]> fromClient = new ArrayList<>();
        List<byte[]> fromServer = new ArrayList<>();
        client.sendTo(datagram -> {
            fromClient.add(datagram);
            server.receive(datagram);
        });
        server.sendTo(datagram -> {
            fromServer.add(datagram);
            client.receive(datagram);
        });
        client.transport.start();
        DtlsEnd.assertSameKeys(client, server);
        assertEquals(2, fromClient.size());
        assertEquals(2, fromServer.size());
        Stream.concat(fromClient.stream(), fromServer.stream())
                .forEach(datagram -> assertTrue(datagram.length <= DtlsWire.MAX_SENT_LENGTH_BYTES));
    }

    @Test
    void aThousandHandshakesRunAtOnce() throws Exception {
        List<DtlsEnd> clients = new ArrayList<>();
        List<DtlsEnd> servers = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            DtlsEnd client = DtlsEnd.client(pool);
            DtlsEnd server = DtlsEnd.server(pool);
            DtlsEnd.connect(client, server);
            clients.add(client);
            servers.add(server);
        }
        clients.forEach(client -> client.transport.start());
        for (int i = 0; i < clients.size(); i++) {
            DtlsEnd.assertSameKeys(clients.get(i), servers.get(i));
        }
    }

    @Test
    void anotherCertificateIsRefusedAndThePeerIsTold() throws Exception {
        Fingerprint nobody = DtlsIdentity.generate(new SecureRandom()).fingerprint();
        DtlsEnd refusingClient = new DtlsEnd(pool, DtlsEnd.ALICE, DtlsRole.CLIENT, nobody);
        DtlsEnd refusedServer = DtlsEnd.server(pool);
        DtlsEnd refusedClient = DtlsEnd.client(pool);
        DtlsEnd refusingServer = new DtlsEnd(pool, DtlsEnd.BOB, DtlsRole.SERVER, nobody);
        DtlsEnd.connect(refusingClient, refusedServer);
        DtlsEnd.connect(refusedClient, refusingServer);
        refusingClient.transport.start();
        refusedClient.transport.start();
        for (DtlsEnd refusing : List.of(refusingClient, refusingServer)) {
            String reason = refusing.failure();
            assertTrue(reason.startsWith("bad_certificate(42); "), reason);
            assertTrue(reason.contains("but signaling announced " + nobody), reason);
        }
        for (DtlsEnd refused : List.of(refusedServer, refusedClient)) {
            assertEquals("the peer sent the alert bad_certificate(42)", refused.failure());
        }
    }

    @ParameterizedTest
    @MethodSource("cryptos")
    void aCertificateThatCannotBeDecodedIsRefused(DtlsCrypto crypto) throws Exception {
        try (DtlsHandshakes own = new DtlsHandshakes(crypto, DtlsEnd.NO_RETRANSMISSION)) {
            for (int position : new int[] {32, 40, 60, 100, 150, 250}) {
                DtlsEnd client = DtlsEnd.client(own);
                DtlsEnd server = DtlsEnd.server(own);
                server.sendTo(client::receive);
                client.sendTo(datagram -> {
                    List<byte[]> records = Records.split(datagram);
                    if (Records.message(records.getFirst()) == Records.CERTIFICATE) {
                        for (int i = 0; i < 6; i++) {
                            records.getFirst()[position + i] ^= 0x55;
                        }
                    }
                    server.receive(Records.join(records));
                });
                client.transport.start();
                String reason = server.failure();
                assertTrue(reason.startsWith("bad_certificate(42); the"), reason);
            }
        }
    }

    @Test
    void closeNotifyEndsTheOtherSide() throws Exception {
        DtlsEnd client = DtlsEnd.client(pool);
        DtlsEnd server = DtlsEnd.server(pool);
        DtlsEnd.connect(client, server);
        client.transport.start();
        DtlsEnd.assertSameKeys(client, server);
        server.transport.close();
        assertTrue(client.awaitClosed());
        assertFalse(server.isClosed()); // the owner closed and needs no notice
    }

    @Test
    void aFatalAlertAfterTheHandshakeEndsTheSession() throws Exception {
        RawClient raw = new RawClient();
        DtlsEnd server = DtlsEnd.server(pool);
        raw.connect(server);
        server.keys();
        raw.fail();
        assertTrue(server.awaitClosed());
    }

    @Test
    void applicationDataIsIgnoredAndCounted() throws Exception {
        RawClient raw = new RawClient();
        DtlsEnd server = DtlsEnd.server(pool);
        raw.connect(server);
        server.keys();
        for (int i = 0; i < 5; i++) {
            raw.sendApplicationData(new byte[100]);
        }
        raw.close();
        assertTrue(server.awaitClosed());
        assertEquals(5, pool.dropped(DtlsDropReason.APPLICATION_DATA));
    }

    @Test
    void closingEndsAHandshakeInFlight() throws Exception {
        List<DtlsEnd> closing = new ArrayList<>();
        List<DtlsEnd> left = new ArrayList<>();
        for (DtlsRole role : DtlsRole.values()) {
            DtlsEnd client = DtlsEnd.client(pool);
            DtlsEnd server = DtlsEnd.server(pool);
            DtlsEnd closes = role == DtlsRole.CLIENT ? client : server;
            closing.add(closes);
            left.add(role == DtlsRole.CLIENT ? server : client);
            client.sendTo(server::receive);
            server.sendTo(datagram -> {
                if (Records.split(datagram).size() > 2) {
                    closes.transport.close(); // and the server's first flight is lost
                } else {
                    client.receive(datagram);
                }
            });
            client.transport.start();
        }
        for (DtlsEnd each : left) {
            String reason = each.failure();
            assertTrue(reason.contains("close_notify"), reason);
        }
        closing.forEach(each -> assertFalse(each.settled()));
        while (pool.inFlight() > 0) {
            Thread.onSpinWait();
        }
    }

    @Test
    void aClosedTransportStaysSilent() {
        ConcurrentLinkedQueue<byte[]> sent = new ConcurrentLinkedQueue<>();
        DtlsEnd client = DtlsEnd.client(pool);
        client.sendTo(sent::add);
        client.transport.close();
        client.transport.start();
        client.receive(Records.record(Records.HANDSHAKE, 0, 0, new byte[50]));
        assertEquals(0, pool.inFlight());
        assertTrue(sent.isEmpty());
        assertFalse(client.settled());
        assertEquals(1, pool.dropped(DtlsDropReason.ENDED));
    }

    @Test
    void aSilentPeerEndsTheHandshakeAtTheDeadline() throws Exception {
        DtlsLimits limits = new DtlsLimits(1, 0, Duration.ofMillis(150), Duration.ofMillis(20));
        try (DtlsHandshakes own = new DtlsHandshakes(CRYPTO, limits)) {
            AtomicInteger sent = new AtomicInteger();
            DtlsEnd client = DtlsEnd.client(own);
            client.sendTo(_ -> sent.incrementAndGet());
            client.transport.start();
            assertEquals("the handshake did not end within 150 ms", client.failure());
            assertTrue(sent.get() > 1); // it tried again
            assertEquals(1, own.failed());
        }
    }

    @Test
    void onlySoManyHandshakesRunAndOnlySoManyWait() throws Exception {
        DtlsLimits limits = new DtlsLimits(1, 1, Duration.ofSeconds(100), Duration.ofSeconds(50));
        try (DtlsHandshakes own = new DtlsHandshakes(CRYPTO, limits)) {
            DtlsEnd first = DtlsEnd.client(own);
            DtlsEnd second = DtlsEnd.client(own);
            DtlsEnd third = DtlsEnd.client(own);
            DtlsEnd server = DtlsEnd.server(pool);
            DtlsEnd.connect(second, server);
            first.transport.start();
            second.transport.start();
            third.transport.start();
            assertEquals("too many handshakes: 1 in flight and 1 waiting", third.failure());
            assertEquals(1, own.refused());
            assertEquals(1, own.waiting());
            first.transport.close();
            DtlsEnd.assertSameKeys(second, server); // its turn has come
        }
    }

    @Test
    void closingThePoolEndsItsHandshakes() {
        DtlsEnd client = DtlsEnd.client(pool);
        client.transport.start();
        pool.close();
        assertEquals(0, pool.inFlight());
        DtlsEnd late = DtlsEnd.client(pool);
        late.transport.start();
        assertEquals(1, pool.refused());
    }

    @Test
    void closingThePoolWaitsForTheGoodbyesOfSessions() throws Exception {
        DtlsHandshakes own = new DtlsHandshakes(CRYPTO, DtlsEnd.NO_RETRANSMISSION);
        List<DtlsEnd> servers = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            DtlsEnd client = DtlsEnd.client(own);
            DtlsEnd server = DtlsEnd.server(own);
            DtlsEnd.connect(client, server);
            client.transport.start();
            DtlsEnd.assertSameKeys(client, server);
            servers.add(server);
        }
        AtomicInteger goodbyes = new AtomicInteger();
        for (DtlsEnd server : servers) {
            server.sendTo(_ -> goodbyes.incrementAndGet());
            server.transport.close();
        }
        own.close();
        assertEquals(300, goodbyes.get());
    }

    @Test
    void aFloodIsDroppedAndCounted() {
        DtlsLimits one = new DtlsLimits(1, 10, Duration.ofSeconds(100), Duration.ofSeconds(50));
        try (DtlsHandshakes own = new DtlsHandshakes(CRYPTO, one)) {
            DtlsEnd.client(own).transport.start(); // nobody else gets a turn
            DtlsEnd server = DtlsEnd.server(own);
            byte[] hello = Records.fragment(Records.CLIENT_HELLO, 100, 0, 0, 0, new byte[100]);
            for (int i = 0; i < 1_000; i++) {
                server.receive(hello);
            }
            assertTrue(own.dropped(DtlsDropReason.QUEUE_FULL) > 900);
        }
    }

    @Test
    void whatIsNoDtlsIsDroppedAndCounted() {
        DtlsEnd server = DtlsEnd.server(pool);
        server.receive(new byte[0]);
        server.receive(new byte[12]);
        server.receive(new byte[100]);
        server.receive(new byte[1_501]);
        assertEquals(4, pool.dropped(DtlsDropReason.NOT_DTLS));
        server.receive(Records.record(Records.HANDSHAKE, 1, 0, new byte[50]));
        assertEquals(1, pool.dropped(DtlsDropReason.NO_HANDSHAKE));
        assertEquals(0, pool.inFlight());
    }

    @Test
    void datagramsAreReadAtTheirOffsetAndCopied() throws Exception {
        DtlsEnd client = DtlsEnd.client(pool);
        DtlsEnd server = DtlsEnd.server(pool);
        server.sendTo(client::receive);
        ByteBuffer slab = ByteBuffer.allocateDirect(4_096);
        client.sendTo(datagram -> {
            slab.put(700, datagram);
            server.transport.onDatagram(slab, 700, datagram.length);
            slab.put(700, new byte[datagram.length]);
        });
        client.transport.start();
        DtlsEnd.assertSameKeys(client, server);
        assertEquals(0, slab.position());
    }

    @Test
    void aSinkThatFailsBreaksNothingElse() throws Exception {
        DtlsEnd client = DtlsEnd.client(pool);
        DtlsEnd server = DtlsEnd.server(pool);
        client.sendTo(server::receive);
        server.sendTo(datagram -> {
            client.receive(datagram);
            throw new IllegalStateException("a sink that fails, as the test wants it");
        });
        Logger log = (Logger) LoggerFactory.getLogger(DtlsTransport.class);
        log.setLevel(Level.OFF); // it reports each failure with a stack trace
        try {
            client.transport.start();
            DtlsEnd.assertSameKeys(client, server);
            client.transport.close();
            assertTrue(server.awaitClosed());
        } finally {
            log.setLevel(null);
        }
    }
}
