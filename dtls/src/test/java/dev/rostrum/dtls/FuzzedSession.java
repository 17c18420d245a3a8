package dev.rostrum.dtls;

import dev.rostrum.srtp.SrtpKeys;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.Serial;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bouncycastle.tls.DTLSTransport;
import org.jspecify.annotations.Nullable;

/**
 * A handshake on one thread with everything received at once, and the same "randomness" each time: so the flights of a
 * recorded peer fit again, up to Finished and close_notify, and a fuzzer that changes them a little gets deep.
 *
 * <p>{@link #main} records the seeds.
 */
final class FuzzedSession {

    private static final Instant NOW = Instant.parse("2026-11-21T00:00:00Z");
    private static final DtlsIdentity CLIENT = DtlsIdentity.generate(new Repeatable(1), NOW);
    private static final DtlsIdentity SERVER = DtlsIdentity.generate(new Repeatable(2), NOW);

    final List<byte[]> sent = new ArrayList<>();
    private final DtlsWire wire;
    private final DtlsHandshake handshake;

    private boolean closesAtTheEnd;

    FuzzedSession(DtlsRole role) {
        this.wire = new DtlsWire(role, _ -> {}, sent::add, () -> false);
        this.wire.neverWait();
        boolean client = role == DtlsRole.CLIENT;
        this.handshake = new DtlsHandshake(
                new DtlsCrypto.BouncyCastle(new Repeatable(client ? 3 : 4), "a test"),
                client ? CLIENT : SERVER,
                role,
                (client ? SERVER : CLIENT).fingerprint(),
                50_000,
                50_000);
    }

    /** Feeds all datagrams and reads until there are none; returns the keys, or null if there are none. */
    @Nullable
    SrtpKeys run(List<byte[]> datagrams) {
        for (byte[] datagram : datagrams) {
            if (datagram.length <= DtlsWire.MAX_RECEIVED_LENGTH_BYTES) {
                wire.offer(datagram);
            }
        }
        wire.beginHandshake(handshake);
        DTLSTransport session;
        try {
            session = handshake.run(wire);
        } catch (IOException e) {
            if (handshake.reason(e).isBlank()) {
                throw new AssertionError("no reason", e);
            }
            return null;
        } finally {
            wire.flush();
        }
        wire.established();
        readAll(session);
        if (closesAtTheEnd) {
            close(session);
        }
        return handshake.keys();
    }

    @Nullable
    String peerEnded() {
        return handshake.peerEnded();
    }

    private void readAll(DTLSTransport session) {
        byte[] buffer = new byte[DtlsWire.MAX_RECEIVED_LENGTH_BYTES];
        try {
            while (true) {
                session.receive(buffer, 0, buffer.length, 0);
            }
        } catch (InterruptedIOException e) {
            // everything is read
        } catch (IOException e) {
            if (handshake.reason(e).isBlank()) {
                throw new AssertionError("no reason", e);
            }
        } finally {
            wire.flush();
        }
    }

    private void close(DTLSTransport session) {
        try {
            session.close();
        } catch (IOException e) {
            throw new AssertionError(e);
        } finally {
            wire.flush();
        }
    }

    /** The fuzzer's input: a byte for the role, then datagrams, each behind its length of two bytes. */
    static byte[] encode(DtlsRole role, List<byte[]> datagrams) {
        ByteArrayOutputStream input = new ByteArrayOutputStream();
        input.write(role == DtlsRole.CLIENT ? 0 : 1);
        for (byte[] datagram : datagrams) {
            input.write(datagram.length >> 8);
            input.write(datagram.length);
            input.writeBytes(datagram);
        }
        return input.toByteArray();
    }

    static DtlsRole role(byte[] input) {
        return input.length > 0 && (input[0] & 1) == 0 ? DtlsRole.CLIENT : DtlsRole.SERVER;
    }

    static List<byte[]> datagrams(byte[] input) {
        List<byte[]> datagrams = new ArrayList<>();
        ByteBuffer rest = ByteBuffer.wrap(input);
        rest.position(Math.min(1, input.length));
        while (rest.remaining() > 2) {
            byte[] datagram = new byte[Math.min(rest.getShort() & 0x7FF, rest.remaining())];
            rest.get(datagram);
            datagrams.add(datagram);
        }
        return datagrams;
    }

    /**
     * Records what each side of a whole session receives, by letting both run again and again, with what the other one has
     * sent so far, until nothing new comes.
     */
    static List<List<byte[]>> record() {
        List<byte[]> toServer = new ArrayList<>();
        List<byte[]> toClient = new ArrayList<>();
        int before;
        do {
            before = toServer.size() + toClient.size();
            FuzzedSession client = new FuzzedSession(DtlsRole.CLIENT);
            client.closesAtTheEnd = true;
            client.run(toClient);
            toServer = withoutAbort(client);
            FuzzedSession server = new FuzzedSession(DtlsRole.SERVER);
            server.run(toServer);
            toClient = withoutAbort(server);
        } while (toServer.size() + toClient.size() > before);
        return List.of(toServer, toClient);
    }

    /** A session that starves aborts with an alert in a last record. */
    private static List<byte[]> withoutAbort(FuzzedSession session) {
        List<byte[]> honest = new ArrayList<>();
        for (byte[] datagram : session.sent) {
            List<byte[]> records = new ArrayList<>(Records.split(datagram));
            records.removeIf(record -> Records.type(record) == Records.ALERT && Records.epoch(record) == 0);
            if (!records.isEmpty()) {
                honest.add(Records.join(records));
            }
        }
        return honest;
    }

    /** Writes the seed corpus into the folder that the argument names. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        List<List<byte[]>> flights = record();
        Files.write(folder.resolve("to-server"), encode(DtlsRole.SERVER, flights.get(0)));
        Files.write(folder.resolve("to-client"), encode(DtlsRole.CLIENT, flights.get(1)));
        List<byte[]> apart = new ArrayList<>();
        flights.get(0).forEach(datagram -> apart.addAll(Records.split(datagram)));
        Files.write(folder.resolve("to-server-record-by-record"), encode(DtlsRole.SERVER, apart));
        Files.write(folder.resolve("to-server-backwards"), encode(DtlsRole.SERVER, apart.reversed()));
        List<byte[]> pieces = new ArrayList<>(Records.fragments(apart.getFirst(), 60));
        pieces.addAll(flights.get(0).subList(1, flights.get(0).size()));
        Files.write(folder.resolve("to-server-hello-in-pieces"), encode(DtlsRole.SERVER, pieces));
        List<byte[]> alerted = new ArrayList<>(flights.get(0));
        alerted.add(1, Records.alert(2, 40, 9));
        Files.write(folder.resolve("to-server-forged-alert"), encode(DtlsRole.SERVER, alerted));
    }

    private static final class Repeatable extends SecureRandom {
        @Serial
        private static final long serialVersionUID = 1;

        private final Random random;

        Repeatable(long seed) {
            this.random = new Random(seed);
        }

        @Override
        public void nextBytes(byte[] bytes) {
            random.nextBytes(bytes);
        }
    }
}
