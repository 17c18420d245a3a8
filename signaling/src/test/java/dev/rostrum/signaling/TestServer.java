package dev.rostrum.signaling;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rostrum.signaling.http.HttpConfig;
import dev.rostrum.signaling.http.HttpLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A whole server on free ports of 127.0.0.1, with its own data directory, and a client for it. */
final class TestServer implements AutoCloseable {

    static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    static final String SDP = "application/sdp";
    static final String FRAGMENT = "application/trickle-ice-sdpfrag";

    private static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10))
            .build();

    private final Path directory;
    private final boolean ownDirectory;
    private final StringWriter out = new StringWriter();
    final Server server;

    /** What a space was created with. */
    record Space(String id, String host, String speaker, String listener) {

        String path() {
            return "/v1/spaces/" + id;
        }
    }

    TestServer(Map<Setting, String> settings) {
        this(settings, HttpLimits.DEFAULT);
    }

    TestServer(Map<Setting, String> settings, HttpLimits limits) {
        try {
            String given = settings.get(Setting.DATA_DIR);
            ownDirectory = given == null;
            directory = given == null ? Files.createTempDirectory("rostrum-test") : Path.of(given);
            EnumMap<Setting, List<String>> flags = new EnumMap<>(Setting.class);
            flags.put(Setting.HTTP_PORT, List.of("0"));
            flags.put(Setting.MEDIA_PORT, List.of("0"));
            flags.put(Setting.BIND, List.of("127.0.0.1"));
            flags.put(Setting.SHARDS, List.of("1"));
            flags.put(Setting.DRAIN_TIMEOUT, List.of("1"));
            flags.put(Setting.DATA_DIR, List.of(directory.toString()));
            settings.forEach((setting, text) -> flags.put(setting, List.of(text)));
            ServerConfig config = ServerConfig.from(Configuration.of(flags, Map.of(), null));
            server = Server.start(withLimits(config, limits), new PrintWriter(out, true));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ConfigurationException | Server.StartException e) {
            throw new AssertionError(e);
        }
    }

    private static ServerConfig withLimits(ServerConfig c, HttpLimits limits) {
        HttpConfig http = c.http();
        return new ServerConfig(
                new HttpConfig(
                        http.bind(),
                        http.port(),
                        http.publicUrl(),
                        http.trustedProxies(),
                        http.corsOrigins(),
                        http.maxConnections(),
                        http.newSpacesPerMinute(),
                        limits),
                c.tls(),
                c.mediaPort(),
                c.advertise(),
                c.shards(),
                c.portableUdp(),
                c.iceServers(),
                c.audioSlots(),
                c.videoSlots(),
                c.maxCohosts(),
                c.maxSpeakers(),
                c.maxScreens(),
                c.maxSpaces(),
                c.admission(),
                c.opus(),
                c.dataDirectory(),
                c.apiKeys(),
                c.drainTimeout(),
                c.logLevel());
    }

    /** What the server said at its start. */
    String said() {
        return out.toString();
    }

    int port() {
        return server.httpPort();
    }

    /** As if so many had just gone to the stage: whoever listens waits until that is made up for. */
    void keepTheDoorShut(int joins) {
        server.loop().execute(() -> {
            for (int i = 0; i < joins; i++) {
                server.doorkeeper().stage();
            }
        });
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port()).resolve(path);
    }

    /** Sends a request; the headers are names and values in turn. */
    HttpResponse<String> send(String method, String path, @Nullable String body, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(30));
        request.method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        try {
            return CLIENT.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    HttpResponse<String> get(String path, String... headers) {
        return send("GET", path, null, headers);
    }

    HttpResponse<String> postJson(String path, String json, String... headers) {
        String[] all = Stream.concat(Stream.of("Content-Type", "application/json"), Stream.of(headers))
                .toArray(String[]::new);
        return send("POST", path, json, all);
    }

    Space createSpace(String... headers) {
        HttpResponse<String> response = postJson("/v1/spaces", "{\"title\":\"A space\"}", headers);
        assertEquals(201, response.statusCode(), response.body());
        JsonNode json = json(response);
        JsonNode tokens = json.get("tokens");
        return new Space(
                json.get("id").asString(),
                tokens.get("host").asString(),
                tokens.get("speaker").asString(),
                tokens.get("listener").asString());
    }

    static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    static @Nullable String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse(null);
    }

    /** An offer as a client wrote it. */
    static String offer(String shape) {
        try (InputStream in = TestServer.class.getResourceAsStream("sdp/offers/" + shape + ".sdp")) {
            if (in == null) {
                throw new AssertionError("no offer " + shape);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Checks that a response is a problem that says what to do. */
    static JsonNode assertProblem(int status, HttpResponse<String> response) {
        assertEquals(status, response.statusCode(), response.body());
        assertEquals("application/problem+json", header(response, "Content-Type"));
        JsonNode problem = json(response);
        assertEquals(status, problem.get("status").intValue());
        assertEquals(false, problem.get("title").asString().isEmpty());
        assertEquals(true, problem.get("detail").asString().length() > 15, response.body());
        assertEquals(false, problem.get("code").asString().isEmpty());
        return problem;
    }

    /** Sends bytes on a connection of its own, and reads until the server closes it. */
    String raw(String request) throws IOException {
        try (Socket socket = socket()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return readAll(socket);
        }
    }

    Socket socket() throws IOException {
        Socket socket = new Socket(LOOPBACK, port());
        socket.setSoTimeout(30_000);
        return socket;
    }

    /** All that comes until the other side closes, also if it does so by a reset. */
    static String readAll(Socket socket) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(bytes);
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("the server did not close the connection; it said: " + bytes, e);
        } catch (IOException e) {
            bytes.writeBytes(new byte[0]); // a reset is a close, too
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        server.close();
        if (ownDirectory) {
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
