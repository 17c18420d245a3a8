package dev.rostrum.signaling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.signaling.tls.TlsMode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigurationTest {

    @TempDir
    private Path directory;

    private static ServerConfig config(
            Map<Setting, List<String>> flags, Map<String, String> environment, @Nullable Path file)
            throws ConfigurationException {
        return ServerConfig.from(Configuration.of(flags, environment, file));
    }

    private static ServerConfig flag(Setting setting, String... texts) throws ConfigurationException {
        return config(Map.of(setting, List.of(texts)), Map.of(), null);
    }

    private Path yaml(String text) throws IOException {
        return Files.writeString(directory.resolve("rostrum.yaml"), text);
    }

    private static String complaint(Setting setting, String... texts) {
        return message(assertThrows(ConfigurationException.class, () -> flag(setting, texts)));
    }

    private static String message(Exception e) {
        String message = e.getMessage();
        return message == null ? "" : message;
    }

    @Test
    void withoutAnyWordTheDefaultsHold() throws Exception {
        ServerConfig config = config(Map.of(), Map.of(), null);

        assertEquals(8080, config.http().port());
        assertEquals(7000, config.mediaPort());
        assertEquals(List.of(), config.http().bind());
        assertEquals(List.of("*"), config.http().corsOrigins());
        assertNull(config.http().publicUrl());
        assertEquals(new TlsMode.Off(), config.tls());
        assertEquals(new ServerConfig.Opus(32_000, 20, false), config.opus());
        assertEquals(3, config.audioSlots());
        assertEquals(2, config.maxCohosts());
        assertEquals(10, config.maxSpeakers());
        assertTrue(config.open());
        assertEquals(Path.of("data"), config.dataDirectory());
        assertFalse(config.portableUdp());
    }

    @Test
    void aFlagWinsOverAVariableThatOverTheFileThatOverTheDefault() throws Exception {
        Path file = yaml("http-port: 1\nmedia-port: 1\nshards: 1\n");
        Map<String, String> environment = Map.of("ROSTRUM_HTTP_PORT", "2", "ROSTRUM_MEDIA_PORT", "2");
        Map<Setting, List<String>> flags = Map.of(Setting.HTTP_PORT, List.of("3"));

        ServerConfig config = config(flags, environment, file);

        assertEquals(3, config.http().port());
        assertEquals(2, config.mediaPort());
        assertEquals(1, config.shards());
        assertEquals(3, config.audioSlots());
    }

    @ParameterizedTest
    @EnumSource(Setting.class)
    void everySettingIsAFlagAVariableAndAKey(Setting setting) throws Exception {
        String text = example(setting);
        Path file = yaml(setting.key() + ": \"" + text + "\"\n");

        assertEquals(text, text(Map.of(setting, List.of(text)), Map.of(), null, setting));
        assertEquals(text, text(Map.of(), Map.of(setting.variable(), text), null, setting));
        assertEquals(text, text(Map.of(), Map.of(), file, setting));
        assertEquals(text, text(Map.of(), Map.of("ROSTRUM_CONFIG", file.toString()), null, setting));
    }

    private static String text(
            Map<Setting, List<String>> flags, Map<String, String> environment, @Nullable Path file, Setting setting)
            throws ConfigurationException {
        return String.join(
                ",", Configuration.of(flags, environment, file).value(setting).texts());
    }

    private static String example(Setting setting) {
        return setting.list() ? "a,b" : "x";
    }

    @Test
    void aListIsWrittenWithCommasOrAsAListOrByARepeatedFlag() throws Exception {
        List<InetAddress> both = List.of(InetAddress.ofLiteral("127.0.0.1"), InetAddress.ofLiteral("::1"));

        assertEquals(both, flag(Setting.BIND, "127.0.0.1, ::1").http().bind());
        assertEquals(both, flag(Setting.BIND, "127.0.0.1", "::1").http().bind());
        assertEquals(
                both,
                config(Map.of(), Map.of(), yaml("bind:\n  - 127.0.0.1\n  - \"::1\"\n"))
                        .http()
                        .bind());
    }

    @Test
    void anEmptyFileOrOneOfCommentsSaysNothing() throws Exception {
        assertEquals(8080, config(Map.of(), Map.of(), yaml("")).http().port());
        assertEquals(
                8080, config(Map.of(), Map.of(), yaml("# nothing\n")).http().port());
        assertEquals(
                8080, config(Map.of(), Map.of(), yaml("http-port:\n")).http().port());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        htp-port: 1             | did you mean 'http-port'?
        httpPort: 1             | did you mean 'http-port'?
        http_port: 1            | did you mean 'http-port'?
        colour: blue            | unknown key 'colour'
        http-port: [1, 2]       | must be one value
        'bind: {a: b}'          | must be one value or a list
        'bind: [[a]]'           | must be a list of plain values
        - 1                     | must hold lines like
        just words              | must hold lines like
        '{'                     | not YAML
        'http-port: 1: 2'       | not YAML
        http-port: abc          | http-port in
        """)
    void aWrongFileIsRefusedInOneLineThatNamesIt(String text, String complaint) throws Exception {
        Path file = yaml(text);

        String message = message(assertThrows(ConfigurationException.class, () -> config(Map.of(), Map.of(), file)));

        assertTrue(message.contains(complaint), message);
        assertTrue(message.contains(file.toString()), message);
        assertEquals(1, message.lines().count(), message);
    }

    @Test
    void aKeyThatIsThereTwiceIsRefusedWithBothItsLines() throws Exception {
        Path file = yaml("http-port: 1\nmedia-port: 2\n\nhttp-port: 3\n");

        String message = message(assertThrows(ConfigurationException.class, () -> config(Map.of(), Map.of(), file)));

        assertTrue(message.contains(file + " has the key 'http-port' twice, in line 1 and in line 4"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1234567890123456e2", "0000111122223333", "1234_5678_9012_3456", "1234567890.1234560"})
    void aKeyThatLooksLikeANumberStaysAsItIsWritten(String key) throws Exception {
        assertEquals(
                List.of(key),
                config(Map.of(), Map.of(), yaml("api-key: " + key)).apiKeys());
        assertEquals(
                List.of(key),
                config(Map.of(), Map.of(), yaml("api-key: [" + key + "]")).apiKeys());
    }

    @Test
    void whatIsNotYamlIsSaidWithItsLineAndWithoutWhatTheFileHolds() throws Exception {
        Path file = yaml("api-key: secret-of-mine-0123\n\tbind: 127.0.0.1 secret-of-mine-0123\n");

        String message = message(assertThrows(ConfigurationException.class, () -> config(Map.of(), Map.of(), file)));

        assertTrue(message.contains("line 2"), message);
        assertFalse(message.contains("secret-of-mine"), message);
    }

    @Test
    void aSecondDocumentInTheFileIsRefused() throws Exception {
        Path file = yaml("http-port: 1\n---\nhttp-port: 2\n");

        String message = message(assertThrows(ConfigurationException.class, () -> config(Map.of(), Map.of(), file)));

        assertTrue(message.contains("only one document"), message);
    }

    @Test
    void aFileThatIsNotThereIsAnErrorAlsoFromTheVariable() {
        Path missing = directory.resolve("missing.yaml");

        String flag = message(assertThrows(ConfigurationException.class, () -> config(Map.of(), Map.of(), missing)));
        String variable = message(assertThrows(
                ConfigurationException.class, () -> config(Map.of(), Map.of("ROSTRUM_CONFIG", "/nowhere.yaml"), null)));

        assertTrue(flag.contains("there is no such file"), flag);
        assertTrue(variable.contains("/nowhere.yaml"), variable);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        HTTP_PORT      | 65536                     | a number from 0 to 65535
        HTTP_PORT      | -1                        | a number from 0 to 65535
        HTTP_PORT      | 99999999999999            | a number from 0 to 65535
        MEDIA_PORT     | seven                     | a number from 0 to 65535
        BIND           | 0.0.0.0                   | leave it out
        BIND           | ::                        | leave it out
        BIND           | localhost                 | an IP address
        BIND           | fe80::1                   | link-local
        BIND           | 300.1.1.1                 | an IP address
        ADVERTISE      | example.org               | write an IP address
        ADVERTISE      | 203.0.113.7:0             | from 1 to 65535
        ADVERTISE      | 0.0.0.0                   | can't send
        PUBLIC_URL     | live.example.org          | http(s)://host
        PUBLIC_URL     | https://example.org/a     | without a path
        PUBLIC_URL     | https://example.org:99999 | http(s)://host:port
        PUBLIC_URL     | https://example.org:0     | http(s)://host:port
        PUBLIC_URL     | ftp://example.org         | http(s)://host
        PUBLIC_URL     | https://user@example.org  | http(s)://host
        PUBLIC_URL     | https://exa mple.org      | not a URL
        TRUSTED_PROXY  | 10.0.0.0/33               | 0 to 32
        TRUSTED_PROXY  | proxy                     | address/length
        CORS_ORIGIN    | https://example.org/page  | without a path
        TLS            | on                        | off or self-signed
        ICE_SERVER     | http://example.org        | stun:host:port
        ICE_SERVER     | stun:user:pw@example.org  | takes no user
        OPUS_BITRATE   | 5999                      | from 6000
        OPUS_PTIME     | 30                        | 10, 20, 40 or 60
        OPUS_MUSIC     | maybe                     | true or false
        PORTABLE_UDP   | si                        | true or false
        AUDIO_SLOTS    | 0                         | from 1 to
        LOG_LEVEL      | loud                      | error, warn, info
        DATA_DIR       | ''                        | a path
        """)
    void aWrongValueIsRefusedWithItsNameAndWhatIsRight(Setting setting, String text, String complaint) {
        String message = complaint(setting, text);

        assertTrue(message.startsWith(setting.flag()), message);
        assertTrue(message.contains(complaint), message);
        assertEquals(1, message.lines().count(), message);
    }

    @Test
    void anEmptyApiKeyDoesNotOpenTheServer() {
        String message = complaint(Setting.API_KEY, "");

        assertTrue(message.startsWith("--api-key: it is empty"), message);
    }

    @Test
    void norDoesAnEmptyVariableOrAKeyWithoutAValueInTheFile() throws Exception {
        Path file = yaml("api-key:\n");

        String variable = message(assertThrows(
                ConfigurationException.class, () -> config(Map.of(), Map.of("ROSTRUM_API_KEY", " "), null)));
        String key = message(assertThrows(ConfigurationException.class, () -> config(Map.of(), Map.of(), file)));

        assertTrue(variable.startsWith("ROSTRUM_API_KEY: it is empty"), variable);
        assertTrue(key.startsWith("api-key in " + file + ": it is empty"), key);
    }

    @ParameterizedTest
    @CsvSource({"ROSTRUM_API_KEYS,ROSTRUM_API_KEY", "ROSTRUM_HTTPPORT,ROSTRUM_HTTP_PORT", "ROSTRUM_tls,ROSTRUM_TLS"})
    void aMisspeltVariableIsRefused(String variable, String meant) {
        String message = message(
                assertThrows(ConfigurationException.class, () -> config(Map.of(), Map.of(variable, "x"), null)));

        assertEquals(variable + " is the variable of no setting; did you mean " + meant + "?", message);
    }

    @Test
    void variablesThatOnlyBeginAlikeAreLeftAlone() throws Exception {
        Map<String, String> environment = Map.of(
                "ROSTRUM_PORT", "tcp://10.0.0.1:8080",
                "ROSTRUM_SERVICE_HOST", "10.0.0.1",
                "ROSTRUM_SERVICE_PORT_HTTP", "8080",
                "ROSTRUM_PORT_8080_TCP_ADDR", "10.0.0.1",
                "ROSTRUM_JAVA_OPTS", "-Xmx1g",
                "ROSTRUM_JAVA_HOME", "/jdk",
                "ROSTRUM_REQUIRE_BROWSERS", "true",
                "ROSTRUM_ID", "7");

        assertEquals(8080, config(Map.of(), environment, null).http().port());
    }

    @Test
    void aSecretIsNeverShown() {
        String message = complaint(Setting.API_KEY, "tooshort");

        assertTrue(message.contains("at least 16"), message);
        assertFalse(message.contains("tooshort"), message);
    }

    @Test
    void advertisedAddressesMayHaveAPort() throws Exception {
        assertEquals(
                List.of(
                        new InetSocketAddress(InetAddress.ofLiteral("203.0.113.7"), 0),
                        new InetSocketAddress(InetAddress.ofLiteral("203.0.113.7"), 7001),
                        new InetSocketAddress(InetAddress.ofLiteral("2001:db8::7"), 0),
                        new InetSocketAddress(InetAddress.ofLiteral("2001:db8::7"), 0),
                        new InetSocketAddress(InetAddress.ofLiteral("2001:db8::7"), 7001)),
                flag(Setting.ADVERTISE, "203.0.113.7,203.0.113.7:7001,2001:db8::7,[2001:db8::7],[2001:db8::7]:7001")
                        .advertise());
    }

    @Test
    void aCertificateNeedsItsKeyAndNoSelfSignedBeside() throws Exception {
        assertTrue(complaint(Setting.TLS_CERT, "c.pem").contains("--tls-key"));
        assertTrue(complaint(Setting.TLS_KEY, "k.pem").contains("--tls-cert"));
        Map<Setting, List<String>> both = Map.of(Setting.TLS_CERT, List.of("c"), Setting.TLS_KEY, List.of("k"));
        assertEquals(
                new TlsMode.Files(Path.of("c"), Path.of("k")),
                config(both, Map.of(), null).tls());
        assertEquals(new TlsMode.SelfSigned(), flag(Setting.TLS, "self-signed").tls());
        assertThrows(ConfigurationException.class, () -> config(both, Map.of("ROSTRUM_TLS", "self-signed"), null));
    }

    @Test
    void aPublicUrlLosesItsLastSlash() throws Exception {
        assertEquals(
                "https://live.example.org:8443",
                String.valueOf(flag(Setting.PUBLIC_URL, "https://live.example.org:8443/")
                        .http()
                        .publicUrl()));
    }
}
