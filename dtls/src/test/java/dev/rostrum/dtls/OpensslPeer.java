package dev.rostrum.dtls;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code openssl s_client} or {@code s_server} at the other end of a loopback UDP socket. */
final class OpensslPeer implements AutoCloseable {

    private static final Pattern KEYING_MATERIAL = Pattern.compile("Keying material: ([0-9A-F]+)");
    private static final Pattern ACCEPT = Pattern.compile("ACCEPT 127\\.0\\.0\\.1:(\\d+)");
    private static final long PATIENCE_S = 60;

    private final DatagramSocket socket;
    private final Process process;
    private final StringBuilder output = new StringBuilder();
    private final CompletableFuture<byte[]> keyingMaterial = new CompletableFuture<>();
    private final CompletableFuture<Integer> port = new CompletableFuture<>();
    private volatile @Nullable SocketAddress peer;

    private OpensslPeer(DatagramSocket socket, List<String> command) throws IOException {
        this.socket = socket;
        this.process = new ProcessBuilder(command).redirectErrorStream(true).start();
        Thread.ofVirtual().name("openssl-output").start(this::readOutput);
    }

    static boolean installed() {
        try {
            return new ProcessBuilder("openssl", "version")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** A client that connects to the transport that {@link #connectTo} names. */
    static OpensslPeer client(String... options) throws IOException {
        DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
        List<String> command = new ArrayList<>(
                List.of("openssl", "s_client", "-dtls1_2", "-connect", "127.0.0.1:" + socket.getLocalPort()));
        command.addAll(Arrays.asList(options));
        return new OpensslPeer(socket, command);
    }

    /** A server on a port of its own choice. */
    static OpensslPeer server(String... options) throws Exception {
        DatagramSocket socket = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0));
        List<String> command =
                new ArrayList<>(List.of("openssl", "s_server", "-dtls1_2", "-accept", "127.0.0.1:0", "-Verify", "1"));
        command.addAll(Arrays.asList(options));
        OpensslPeer server = new OpensslPeer(socket, command);
        server.peer = new InetSocketAddress(
                InetAddress.ofLiteral("127.0.0.1"), server.port.get(PATIENCE_S, TimeUnit.SECONDS));
        return server;
    }

    /** Makes a key and a self-signed certificate in a folder, as {@code name.key} and {@code name.pem}. */
    static void certificate(Path folder, String name, String... newKey) throws Exception {
        Path key = folder.resolve(name + ".key");
        Path certificate = folder.resolve(name + ".pem");
        List<String> command = new ArrayList<>(List.of("openssl", "req", "-x509", "-nodes", "-days", "2"));
        command.addAll(List.of("-subj", "/CN=" + name, "-keyout", key.toString(), "-out", certificate.toString()));
        command.addAll(Arrays.asList(newKey));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        byte[] said = process.getInputStream().readAllBytes();
        if (process.waitFor() != 0) {
            throw new AssertionError(new String(said, StandardCharsets.UTF_8));
        }
    }

    /** Carries datagrams between openssl and the end, both ways. */
    void connectTo(DtlsEnd end) {
        end.sendTo(this::send);
        Thread.ofVirtual().name("openssl-udp").start(() -> receive(end));
    }

    private void send(byte[] datagram) {
        SocketAddress to = peer;
        if (to == null) {
            return;
        }
        try {
            socket.send(new DatagramPacket(datagram, datagram.length, to));
        } catch (SocketException e) {
            if (!socket.isClosed()) {
                throw new UncheckedIOException(e);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void receive(DtlsEnd end) {
        byte[] buffer = new byte[4096];
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        while (!socket.isClosed()) {
            try {
                packet.setLength(buffer.length);
                socket.receive(packet);
            } catch (IOException e) {
                continue; // closed, or a port unreachable of a peer that has ended
            }
            peer = packet.getSocketAddress();
            end.receive(Arrays.copyOf(buffer, packet.getLength()));
        }
    }

    private void readOutput() {
        try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (output) {
                    output.append(line).append('\n');
                }
                Matcher material = KEYING_MATERIAL.matcher(line);
                if (material.find()) {
                    keyingMaterial.complete(HexFormat.of().parseHex(material.group(1)));
                }
                Matcher accept = ACCEPT.matcher(line);
                if (accept.find()) {
                    port.complete(Integer.valueOf(accept.group(1)));
                }
            }
        } catch (IOException e) {
            // the process was destroyed
        }
        keyingMaterial.completeExceptionally(new AssertionError("openssl ended: " + output()));
        port.completeExceptionally(new AssertionError("openssl ended: " + output()));
    }

    byte[] keyingMaterial() throws Exception {
        return keyingMaterial.get(PATIENCE_S, TimeUnit.SECONDS);
    }

    /** What openssl has printed so far. */
    String output() {
        synchronized (output) {
            return output.toString();
        }
    }

    /** Tells openssl to close the session and to end. */
    void quit() throws IOException {
        OutputStream in = process.getOutputStream();
        in.write("Q\n".getBytes(StandardCharsets.US_ASCII));
        in.flush();
    }

    /** Whether openssl ends by itself. */
    boolean awaitEnd() throws InterruptedException {
        return process.waitFor(PATIENCE_S, TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        socket.close();
    }
}
