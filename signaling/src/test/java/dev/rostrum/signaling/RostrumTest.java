package dev.rostrum.signaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line, as a person sees it. */
final class RostrumTest {

    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    @TempDir
    private Path directory;

    private record Outcome(int code, String out, String err) {}

    private static Outcome run(Map<String, String> environment, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Rostrum.run(arguments, environment, new PrintWriter(out, true), new PrintWriter(err, true));
        return new Outcome(code, out.toString(), err.toString());
    }

    private static Outcome run(String... arguments) {
        return run(Map.of(), arguments);
    }

    private static void assertOneLine(Outcome outcome, int code, String... words) {
        assertEquals(code, outcome.code(), outcome.err());
        assertEquals(1, outcome.err().lines().count(), outcome.err());
        assertTrue(outcome.err().startsWith("rostrum: "), outcome.err());
        for (String word : words) {
            assertTrue(outcome.err().contains(word), outcome.err());
        }
    }

    @Test
    void helpListsTheCommandsAndServeHelpEveryOption() {
        assertEquals(0, run("help").code());
        assertTrue(run("help").out().contains("serve"));
        assertEquals(0, run().code());
        Outcome serve = run("serve", "--help");
        assertEquals(0, serve.code());
        for (Setting setting : Setting.values()) {
            assertTrue(serve.out().contains(setting.flag()), setting.flag());
        }
        assertTrue(serve.out().contains("--config"));
        assertEquals(0, run("help", "serve").code());
    }

    @Test
    void versionIsOneLine() {
        Outcome outcome = run("--version");

        assertEquals(0, outcome.code());
        assertTrue(outcome.out().startsWith("rostrum "), outcome.out());
        assertEquals(1, outcome.out().lines().count());
    }

    @Test
    void aWrongCommandLineIsOneLineAndExitCode2() {
        assertOneLine(run("serve", "--htpp-port", "1"), 2, "--htpp-port", "did you mean", "--http-port");
        assertOneLine(run("serve", "--http-port"), 2, "--http-port");
        assertOneLine(run("serve", "now"), 2, "now");
        assertOneLine(run("sevre"), 2, "sevre");
        assertOneLine(run("serve", "--http-port", "x"), 2, "--http-port is 'x'", "65535");
        assertOneLine(run("serve", "--http-port", "1", "--http-port", "2"), 2, "--http-port", "once");
        assertOneLine(run(Map.of("ROSTRUM_HTTP_PORT", "x"), "serve"), 2, "ROSTRUM_HTTP_PORT is 'x'");
        assertOneLine(run("serve", "--config", "/nowhere.yaml"), 2, "/nowhere.yaml", "no such file");
    }

    private Outcome serve(String... more) {
        String[] arguments = new String[more.length + 5];
        arguments[0] = "serve";
        arguments[1] = "--data-dir";
        arguments[2] = directory.toString();
        arguments[3] = "--bind";
        arguments[4] = "127.0.0.1";
        System.arraycopy(more, 0, arguments, 5, more.length);
        return run(arguments);
    }

    @Test
    void aBusyHttpPortIsOneLineAndExitCode1() throws IOException {
        try (ServerSocket busy = new ServerSocket(0, 1, LOOPBACK)) {
            String port = Integer.toString(busy.getLocalPort());

            assertOneLine(
                    serve("--http-port", port, "--media-port", "0"), 1, "HTTP port " + port, "in use", "--http-port");
        }
    }

    @Test
    void aBusyMediaPortIsOneLineAndExitCode1() throws IOException {
        try (DatagramSocket busy = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0))) {
            String port = Integer.toString(busy.getLocalPort());

            assertOneLine(serve("--http-port", "0", "--media-port", port), 1, "UDP media port " + port, "--media-port");
        }
    }

    @Test
    void anAddressOfAnotherMachineIsOneLineAndExitCode1() {
        assertOneLine(
                run("serve", "--data-dir", directory.toString(), "--bind", "192.0.2.1"),
                1,
                "192.0.2.1",
                "not an address of this machine",
                "127.0.0.1");
    }

    @Test
    void aDataDirectoryThatCantBeIsOneLineAndExitCode1() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");

        assertOneLine(
                run(
                        "serve",
                        "--bind",
                        "127.0.0.1",
                        "--data-dir",
                        file.resolve("data").toString()),
                1,
                "data directory",
                "--data-dir");
    }

    @Test
    void ofAFileThatIsInTheWayItIsSaidThatItIs() throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "");
        String inTheWay = file + " is there and is no directory";
        String[] ports = {"--http-port", "0", "--media-port", "0", "--bind", "127.0.0.1"};

        assertOneLine(run(serve(file, ports)), 1, inTheWay);
        assertOneLine(run(serve(file.resolve("data"), ports)), 1, inTheWay);
        Path data = Files.createDirectory(directory.resolve("fresh"));
        Files.createDirectory(data.resolve("self-signed-cert.pem"));
        assertOneLine(
                run(serve(data, "--http-port", "0", "--media-port", "0", "--tls", "self-signed")),
                1,
                "can't keep the self-signed certificate");
    }

    private static String[] serve(Path data, String... more) {
        return Stream.concat(Stream.of("serve", "--data-dir", data.toString()), Stream.of(more))
                .toArray(String[]::new);
    }

    @Test
    void certificatesThatCantBeUsedAreOneLineAndExitCode1() throws IOException {
        Path file = Files.writeString(directory.resolve("garbage.pem"), "garbage");
        String[] ports = {"--http-port", "0", "--media-port", "0"};

        assertOneLine(
                serve(
                        ports[0],
                        ports[1],
                        ports[2],
                        ports[3],
                        "--tls-cert",
                        "/nowhere.pem",
                        "--tls-key",
                        "/nowhere.key"),
                1,
                "/nowhere.pem");
        assertOneLine(
                serve(
                        ports[0],
                        ports[1],
                        ports[2],
                        ports[3],
                        "--tls-cert",
                        file.toString(),
                        "--tls-key",
                        file.toString()),
                1,
                "garbage.pem",
                "BEGIN CERTIFICATE");
    }
}
