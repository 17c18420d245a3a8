package dev.rostrum.sfu.transport;

import dev.rostrum.dtls.DtlsHandshakes;
import dev.rostrum.dtls.DtlsIdentity;
import dev.rostrum.dtls.DtlsTransport;
import dev.rostrum.sfu.EndpointSpec;
import dev.rostrum.sfu.loop.Shard;
import dev.rostrum.srtp.SrtpKeys;
import java.nio.ByteBuffer;

/**
 * A real DTLS association: the handshake runs on threads of its own, and all that comes of it is handed to the shard.
 *
 * <p>Owned by the endpoint's transport.
 */
public final class HandshakeSession implements DtlsSession {

    private final DtlsTransport dtls;

    public HandshakeSession(
            EndpointSpec spec, Shard shard, Sink sink, DtlsHandshakes handshakes, DtlsIdentity identity) {
        this.dtls = new DtlsTransport(
                handshakes, identity, spec.dtlsRole(), spec.remoteFingerprint(), new OnShard(shard, sink));
    }

    @Override
    public void start() {
        dtls.start();
    }

    @Override
    public void onDatagram(ByteBuffer source, int offset, int lengthBytes) {
        dtls.onDatagram(source, offset, lengthBytes);
    }

    @Override
    public void close() {
        dtls.close();
    }

    /** Hops from the handshake's thread to the shard's. */
    private record OnShard(Shard shard, Sink sink) implements DtlsTransport.Sink {

        @Override
        public void onSend(byte[] datagram) {
            execute(() -> sink.onDtlsSend(datagram));
        }

        @Override
        public void onConnected(SrtpKeys keys) {
            execute(() -> sink.onDtlsConnected(keys));
        }

        @Override
        public void onFailed(String reason) {
            execute(() -> sink.onDtlsFailed(reason));
        }

        @Override
        public void onClosed() {
            execute(sink::onDtlsClosed);
        }

        private void execute(Runnable task) {
            shard.execute(() -> {
                try {
                    task.run();
                } catch (RuntimeException e) {
                    sink.onFault(e);
                }
            });
        }
    }
}
