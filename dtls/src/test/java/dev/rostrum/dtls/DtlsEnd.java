package dev.rostrum.dtls;

import dev.rostrum.srtp.SrtpKeys;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/** One end of a connection in memory: a transport, and what its sink was told. */
final class DtlsEnd implements DtlsTransport.Sink {

    /** Long enough for a loaded machine; a test that fails waits for it, none that passes does. */
    private static final long PATIENCE_S = 60;

    final DtlsTransport transport;
    final CountDownLatch closed = new CountDownLatch(1);

    private final CompletableFuture<Object> outcome = new CompletableFuture<>();
    private volatile Consumer<byte[]> out = _ -> {};

    DtlsEnd(DtlsHandshakes pool, DtlsIdentity identity, DtlsRole role, Fingerprint remote) {
        transport = new DtlsTransport(pool, identity, role, remote, this);
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
