package dev.rostrum.dtls;

import java.io.IOException;
import java.util.Objects;
import java.util.function.Consumer;
import org.bouncycastle.tls.DTLSTransport;
import org.jspecify.annotations.Nullable;

/** A client whose session the test itself writes to, on the test's thread. */
final class RawClient {

    private final DtlsHandshake handshake = new DtlsHandshake(
            DtlsCrypto.select(), DtlsEnd.ALICE, DtlsRole.CLIENT, DtlsEnd.BOB.fingerprint(), 50_000, 50_000);
    private final DtlsWire wire = new DtlsWire(DtlsRole.CLIENT, _ -> {}, this::send, () -> false);
    private @Nullable DTLSTransport session;
    private Consumer<byte[]> peer = _ -> {};

    void connect(DtlsEnd server) throws IOException {
        peer = server::receive;
        server.sendTo(datagram -> {
            wire.offer(datagram);
            wire.wake();
        });
        wire.beginHandshake(handshake);
        session = handshake.run(wire);
        wire.established();
    }

    void sendApplicationData(byte[] data) throws IOException {
        session().send(data, 0, data.length);
        wire.flush();
    }

    void close() throws IOException {
        session().close();
        wire.flush();
    }

    /** Sends a fatal alert. */
    void fail() {
        try {
            session().send(new byte[20_000], 0, 20_000); // longer than a record may be: an internal error
        } catch (IOException e) {
            wire.flush();
            return;
        }
        throw new AssertionError("sent");
    }

    private void send(byte[] datagram) {
        peer.accept(datagram);
    }

    private DTLSTransport session() {
        return Objects.requireNonNull(session);
    }
}
