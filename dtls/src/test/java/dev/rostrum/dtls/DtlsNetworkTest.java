package dev.rostrum.dtls;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a bad network and an attacker without keys do to a handshake. */
class DtlsNetworkTest {

    private static final DtlsCrypto CRYPTO = DtlsCrypto.select();

    private final DtlsHandshakes pool = new DtlsHandshakes(CRYPTO, DtlsEnd.NO_RETRANSMISSION);

    @AfterEach
    void closePool() {
        pool.close();
    }

    /** bcgit/bc-java#229: ChangeCipherSpec before CertificateVerify would leave the server waiting for ever. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theLastFlightOfTheClientMayComeInAnyOrder(boolean oneRecordPerDatagram) throws Exception {
        for (List<Integer> order : Records.permutations(List.of(0, 1, 2, 3, 4))) {
            DtlsEnd client = DtlsEnd.client(pool);
            DtlsEnd server = DtlsEnd.server(pool);
            server.sendTo(client::receive);
            client.sendTo(datagram -> {
                List<byte[]> records = Records.split(datagram);
                if (records.size() == 1) {
                    server.receive(datagram); // the ClientHello
                } else {
                    deliver(records, order, oneRecordPerDatagram, server);
                }
            });
            client.transport.start();
            DtlsEnd.assertSameKeys(client, server);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theFlightsOfTheServerMayComeInAnyOrder(boolean oneRecordPerDatagram) throws Exception {
        for (List<Integer> order : Records.permutations(List.of(0, 1, 2, 3, 4))) {
            DtlsEnd client = DtlsEnd.client(pool);
            DtlsEnd server = DtlsEnd.server(pool);
            client.sendTo(server::receive);
            server.sendTo(datagram -> {
                List<byte[]> records = Records.split(datagram);
                List<Integer> fitting =
                        order.stream().filter(i -> i < records.size()).toList(); // the last flight is shorter
                deliver(records, fitting, oneRecordPerDatagram, client);
            });
            client.transport.start();
            DtlsEnd.assertSameKeys(client, server);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40, 100})
    void aClientHelloInPiecesIsPutTogether(int pieceLengthBytes) throws Exception {
        DtlsEnd client = DtlsEnd.client(pool);
        DtlsEnd server = DtlsEnd.server(pool);
        server.sendTo(client::receive);
        client.sendTo(datagram -> {
            List<byte[]> records = Records.split(datagram);
            if (Records.message(records.getFirst()) == Records.CLIENT_HELLO) {
                List<byte[]> pieces = Records.fragments(records.getFirst(), pieceLengthBytes);
                for (int at = pieces.size() - 1; at >= 0; at -= 20) { // the last ones first
                    server.receive(Records.join(pieces.subList(Math.max(0, at - 19), at + 1)));
                }
            } else {
                server.receive(datagram);
            }
        });
        client.transport.start();
        DtlsEnd.assertSameKeys(client, server);
    }

    @Test
    void theLastFlightOfTheServerIsSentAgainWhenItWasLost() throws Exception {
        try (DtlsHandshakes quick = new DtlsHandshakes(CRYPTO, DtlsEnd.QUICK_RETRANSMISSION)) {
            DtlsEnd client = DtlsEnd.client(quick);
            DtlsEnd server = DtlsEnd.server(quick);
            client.sendTo(server::receive);
            AtomicInteger lost = new AtomicInteger();
            server.sendTo(datagram -> {
                if (Records.type(datagram) == Records.CHANGE_CIPHER_SPEC && lost.getAndIncrement() < 3) {
                    return;
                }
                client.receive(datagram);
            });
            client.transport.start();
            server.keys(); // long before the client's
            DtlsEnd.assertSameKeys(client, server);
            assertTrue(lost.get() > 3);
        }
    }

    @Test
    void everyHandshakeSurvivesLossRepetitionAndReordering() throws Exception {
        long firstSeed = System.nanoTime();
        try (DtlsHandshakes quick = new DtlsHandshakes(CRYPTO, DtlsEnd.QUICK_RETRANSMISSION)) {
            List<DtlsEnd> clients = new ArrayList<>();
            List<DtlsEnd> servers = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                DtlsEnd client = DtlsEnd.client(quick);
                DtlsEnd server = DtlsEnd.server(quick);
                boolean apart = i % 2 == 0;
                client.sendTo(new LossyLink(firstSeed + i, 0.1, 0.1, 0.1, apart, server::receive));
                server.sendTo(new LossyLink(firstSeed - i, 0.1, 0.1, 0.1, apart, client::receive));
                clients.add(client);
                servers.add(server);
                client.transport.start();
            }
            for (int i = 0; i < 200; i++) {
                try {
                    DtlsEnd.assertSameKeys(clients.get(i), servers.get(i));
                } catch (AssertionError e) {
                    throw new AssertionError("seed " + firstSeed + ", handshake " + i, e);
                }
            }
        }
    }

    @Test
    void garbageDisturbsNothing() throws Exception {
        for (int i = 0; i < 20; i++) {
            long seed = System.nanoTime();
            DtlsEnd client = DtlsEnd.client(pool);
            DtlsEnd server = DtlsEnd.server(pool);
            Garbage towardsServer = new Garbage(seed, server::receive);
            Garbage towardsClient = new Garbage(seed + 1, client::receive);
            towardsServer.throwSome();
            towardsClient.throwSome();
            client.sendTo(towardsServer::between);
            server.sendTo(towardsClient::between);
            client.transport.start();
            try {
                DtlsEnd.assertSameKeys(client, server);
                towardsServer.throwSome();
                towardsClient.throwSome();
                assertFalse(client.isClosed() || server.isClosed());
                client.transport.close();
                assertTrue(server.awaitClosed());
            } catch (AssertionError e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    @Test
    void aForgedAlertDoesNotEndAHandshakeThatGoesOn() throws Exception {
        DtlsEnd client = DtlsEnd.client(pool);
        DtlsEnd server = DtlsEnd.server(pool);
        client.sendTo(datagram -> {
            server.receive(datagram);
            server.receive(Records.alert(2, 40, 77));
        });
        server.sendTo(datagram -> {
            client.receive(datagram);
            client.receive(Records.alert(2, 40, 77));
        });
        client.transport.start();
        DtlsEnd.assertSameKeys(client, server);
    }

    private static void deliver(
            List<byte[]> records, List<Integer> order, boolean oneRecordPerDatagram, DtlsEnd destination) {
        List<byte[]> shuffled = order.stream().map(records::get).toList();
        if (oneRecordPerDatagram) {
            shuffled.forEach(destination::receive);
        } else {
            destination.receive(Records.join(shuffled));
        }
    }
}
