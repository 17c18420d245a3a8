package dev.rostrum.dtls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rostrum.srtp.SrtpKeys;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** One end of a connection in memory: a transport, and what its sink was told. */
final class DtlsEnd implements DtlsTransport.Sink {

    static final DtlsIdentity ALICE = DtlsIdentity.generate(new SecureRandom());
    static final DtlsIdentity BOB = DtlsIdentity.generate(new SecureRandom());

    /** Nobody retransmits within a test with these limits: what connects has connected without help. */
    static final DtlsLimits NO_RETRANSMISSION =
            new DtlsLimits(10_000, 10_000, Duration.ofSeconds(60), Duration.ofMinutes(10));

    /** Bouncy Castle doubles the wait at each retransmission, so a long run of bad luck needs a long time. */
    static final DtlsLimits QUICK_RETRANSMISSION =
            new DtlsLimits(10_000, 10_000, Duration.ofSeconds(110), Duration.ofMillis(5));

    /** Long enough for a loaded machine; a test that fails waits for it, none that passes does. */
    private static final long PATIENCE_S = 120;

    final DtlsTransport transport;
    final CountDownLatch closed = new CountDownLatch(1);

    private final CompletableFuture<Object> outcome = new CompletableFuture<>();
    private volatile Consumer<byte[]> out = _ -> {};

    DtlsEnd(DtlsHandshakes pool, DtlsIdentity identity, DtlsRole role, Fingerprint remote) {
        transport = new DtlsTransport(pool, identity, role, remote, this);
    }

    /** Alice, who expects Bob. */
    static DtlsEnd client(DtlsHandshakes pool) {
        return new DtlsEnd(pool, ALICE, DtlsRole.CLIENT, BOB.fingerprint());
    }

    /** Bob, who expects Alice. */
    static DtlsEnd server(DtlsHandshakes pool) {
        return new DtlsEnd(pool, BOB, DtlsRole.SERVER, ALICE.fingerprint());
    }

    /** Connects two ends by a perfect network. */
    static void connect(DtlsEnd client, DtlsEnd server) {
        client.sendTo(server::receive);
        server.sendTo(client::receive);
    }

    static void assertSameKeys(DtlsEnd client, DtlsEnd server) throws Exception {
        SrtpKeys ours = client.keys();
        SrtpKeys theirs = server.keys();
        assertEquals(ours.profile(), theirs.profile());
        assertArrayEquals(ours.localKey(), theirs.remoteKey());
        assertArrayEquals(ours.localSalt(), theirs.remoteSalt());
        assertArrayEquals(ours.remoteKey(), theirs.localKey());
        assertArrayEquals(ours.remoteSalt(), theirs.localSalt());
    }

    /** Where the datagrams go that this end sends. */
    void sendTo(Consumer<byte[]> network) {
        out = network;
    }

    void receive(byte[] datagram) {
        transport.onDatagram(ByteBuffer.wrap(datagram), 0, datagram.length);
    }

    SrtpKeys keys() throws Exception {
        return switch (outcome()) {
            case SrtpKeys keys -> keys;
            case Object failure -> throw new AssertionError(failure);
        };
    }

    /** The reason of the failure that is expected. */
    String failure() throws Exception {
        return switch (outcome()) {
            case String reason -> reason;
            case Object keys -> throw new AssertionError("connected with " + keys);
        };
    }

    private Object outcome() throws Exception {
        try {
            return outcome.get(PATIENCE_S, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("neither connected nor failed", e);
        }
    }

    boolean isClosed() {
        return closed.getCount() == 0;
    }

    boolean settled() {
        return outcome.isDone();
    }

    boolean awaitClosed() throws InterruptedException {
        return closed.await(PATIENCE_S, TimeUnit.SECONDS);
    }

    @Override
    public void onSend(byte[] datagram) {
        out.accept(datagram);
    }

    @Override
    public void onConnected(SrtpKeys keys) {
        if (!outcome.complete(keys)) {
            throw new AssertionError("told twice");
        }
    }

    @Override
    public void onFailed(String reason) {
        if (!outcome.complete(reason)) {
            throw new AssertionError("told twice");
        }
    }

    @Override
    public void onClosed() {
        closed.countDown();
    }
}
