package dev.rostrum.signaling.token;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.token.TokenException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TokenTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");
    private static final TokenKey KEY =
            new TokenKey(HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));

    private final Tokens tokens = new Tokens(KEY);

    @TempDir
    Path data;

    private Reason reason(String token) {
        TokenException refused = assertThrows(TokenException.class, () -> tokens.verify(token, "talk", NOW));
        assertTrue(refused.sentence().endsWith("."), refused.sentence());
        return refused.reason();
    }

    private static String signed(String header, String claims) throws JOSEException {
        JWSAlgorithm algorithm = JWSAlgorithm.parse(header);
        byte[] secret = algorithm.equals(JWSAlgorithm.HS256) ? KEY.secret() : new byte[64];
        JWSObject jws = new JWSObject(new JWSHeader(algorithm), new Payload(claims));
        jws.sign(new MACSigner(secret));
        return jws.serialize();
    }

    private static String base64(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    private String refusal() {
        return String.valueOf(assertThrows(IOException.class, () -> TokenKey.in(data, new SecureRandom()))
                .getMessage());
    }

    @Test
    void aGrantComesBackAsItWasIssued() throws TokenException {
        for (Grant grant : new Grant[] {
            Grant.host("talk"),
            Grant.invitation("talk", Role.SPEAKER, null),
            new Grant("talk", Role.LISTENER, "Zo\u00eb \uD83D\uDC4B", "anna@example.org")
        }) {
            assertEquals(grant, tokens.verify(tokens.issue(grant, null), "talk", NOW));
            assertEquals(grant, tokens.verify(tokens.issue(grant, NOW.plusSeconds(1)), "talk", NOW));
        }
    }

    @Test
    void aTokenMadeByAnotherLibraryIsRead() throws TokenException {
        // Other fields in another order, and a signature that this class did not make.
        String token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9."
                + base64("{\"role\":\"speaker\",\"space\":\"talk\",\"extra\":{\"a\":[1]}}");
        String signature = hmac(token);
        assertEquals(Grant.invitation("talk", Role.SPEAKER, null), tokens.verify(token + "." + signature, "talk", NOW));
    }

    private static String hmac(String signed) {
        try {
            var mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(KEY.secret(), "HmacSHA256"));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void anExpiredTokenIsRefused() {
        String token = tokens.issue(Grant.host("talk"), NOW);
        assertEquals(Reason.EXPIRED, reason(token));
        assertEquals(401, Reason.EXPIRED.httpStatus());
    }

    @Test
    void aTokenThatIsNotYetValidIsRefused() throws JOSEException {
        String claims = "{\"space\":\"talk\",\"role\":\"speaker\",\"nbf\":" + (NOW.getEpochSecond() + 60) + "}";
        assertEquals(Reason.NOT_YET_VALID, reason(signed("HS256", claims)));
    }

    @Test
    void aTokenForAnotherSpaceIsForbidden() {
        assertEquals(Reason.WRONG_SPACE, reason(tokens.issue(Grant.host("other"), null)));
        assertEquals(403, Reason.WRONG_SPACE.httpStatus());
    }

    @Test
    void aTokenOfAnotherKeyIsRefused() {
        Tokens others = new Tokens(TokenKey.random(new SecureRandom()));
        assertEquals(Reason.BAD_SIGNATURE, reason(others.issue(Grant.host("talk"), null)));
    }

    @Test
    void aChangedTokenIsRefused() {
        String token = tokens.issue(Grant.invitation("talk", Role.LISTENER, null), null);
        String[] parts = token.split("\\.");
        String host = base64("{\"space\":\"talk\",\"role\":\"host\"}");
        assertEquals(Reason.BAD_SIGNATURE, reason(parts[0] + "." + host + "." + parts[2]));
        assertEquals(Reason.BAD_SIGNATURE, reason(parts[0] + "." + parts[1] + "."));
        assertEquals(Reason.BAD_SIGNATURE, reason(parts[0] + "." + parts[1] + "." + parts[2].substring(1)));
    }

    @Test
    void aTokenWithoutOrWithAnotherSignatureAlgorithmIsRefused() throws JOSEException {
        String claims = "{\"space\":\"talk\",\"role\":\"host\"}";
        assertEquals(Reason.UNSUPPORTED_ALGORITHM, reason(base64("{\"alg\":\"none\"}") + "." + base64(claims) + "."));
        assertEquals(Reason.UNSUPPORTED_ALGORITHM, reason(signed("HS512", claims)));
        assertEquals(
                Reason.UNSUPPORTED_ALGORITHM,
                reason(base64("{\"alg\":\"dir\",\"enc\":\"A128GCM\"}") + "." + base64(claims) + ".x"));
    }

    @Test
    void whatMustBeUnderstoodAndIsNotIsRefused() {
        String header = base64("{\"alg\":\"HS256\",\"crit\":[\"x\"],\"x\":1}");
        String signed = header + "." + base64("{\"space\":\"talk\",\"role\":\"host\"}");
        assertEquals(Reason.BAD_SIGNATURE, reason(signed + "." + hmac(signed)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "..",
                "...",
                "hello",
                "a.b.c",
                "a.b.c.d",
                "e30.e30.e30",
                "\u00e9.\u00e9.\u00e9",
                "eyJhbGciOiJIUzI1NiJ9 .e30.x",
                "bnVsbA.e30.x"
            })
    void whatIsNoTokenIsRefused(String token) {
        assertEquals(Reason.MALFORMED, reason(token));
    }

    @Test
    void anEndlessTokenIsRefused() {
        assertEquals(Reason.MALFORMED, reason("a".repeat(100_000)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "[]",
                "{",
                "{}",
                "{\"space\":\"talk\"}",
                "{\"role\":\"host\"}",
                "{\"space\":\"talk\",\"role\":\"king\"}",
                "{\"space\":1,\"role\":\"host\"}",
                "{\"space\":\"talk\",\"role\":[\"host\"]}",
                "{\"space\":\"talk\",\"role\":\"host\",\"exp\":\"tomorrow\"}",
                "{\"space\":\"talk\",\"role\":\"host\",\"sub\":\"\"}",
                "{\"space\":\"talk\",\"role\":\"host\",\"sub\":7}",
                "{\"space\":\"talk\",\"role\":\"host\",\"name\":{}}"
            })
    void claimsThatCantBeUsedAreRefused(String claims) throws JOSEException {
        assertEquals(Reason.BAD_CLAIMS, reason(signed("HS256", claims)));
    }

    @Test
    void noChangeOfATokenEverThrowsAnythingElseOrLetsIn() {
        long seed = 11;
        Random random = new Random(seed);
        String token = tokens.issue(Grant.host("talk"), null);
        for (int i = 0; i < 5000; i++) {
            StringBuilder changed = new StringBuilder(token);
            int at = random.nextInt(token.length());
            changed.setCharAt(at, (char) random.nextInt(128));
            String other = changed.toString();
            try {
                Grant grant = tokens.verify(other, "talk", NOW);
                // The last character of 32 bytes in base64 has bits that mean nothing.
                assertTrue(at == token.length() - 1 || other.equals(token), "seed " + seed + ": " + other);
                assertEquals(Grant.host("talk"), grant);
            } catch (TokenException e) {
                assertFalse(e.sentence().isEmpty());
            }
        }
    }

    @Test
    void aKeyIsMadeOnceAndReadAgain() throws IOException {
        TokenKey made = TokenKey.in(data.resolve("new"), new SecureRandom());
        assertEquals(32, made.secret().length);
        assertEquals(made, TokenKey.in(data.resolve("new"), new SecureRandom()));
        Path file = data.resolve("new").resolve(TokenKey.FILE_NAME);
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        try (Stream<Path> files = Files.list(data.resolve("new"))) {
            assertEquals(1, files.count(), "no draft is left");
        }
    }

    @Test
    void aKeyThatOthersCanReadIsRefused() throws IOException {
        TokenKey.in(data, new SecureRandom());
        Path file = data.resolve(TokenKey.FILE_NAME);
        for (String open : new String[] {"rw-r-----", "rw----r--", "rw-rw-rw-"}) {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(open));
            assertTrue(refusal().contains("chmod 600"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "hello\n", "-----BEGIN PRIVATE KEY-----\n"})
    void aForeignKeyFileIsRefusedAndLeftAsItIs(String text) throws IOException {
        Path file = data.resolve(TokenKey.FILE_NAME);
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        assertTrue(refusal().contains("is not a token key"));
        assertEquals(text, Files.readString(file));
    }

    @Test
    void aTornKeyFileIsRefusedAndLeftAsItIs() throws IOException {
        TokenKey.in(data, new SecureRandom());
        Path file = data.resolve(TokenKey.FILE_NAME);
        byte[] whole = Files.readAllBytes(file);
        for (int length = 0; length < whole.length - 1; length++) {
            byte[] torn = Arrays.copyOf(whole, length);
            Files.write(file, torn);
            String sentence = refusal();
            assertTrue(sentence.contains("damaged") || sentence.contains("is not a token key"), sentence);
            assertArrayEquals(torn, Files.readAllBytes(file));
        }
        whole[30] ^= 1;
        Files.write(file, whole);
        assertTrue(refusal().contains("damaged"));
    }

    @Test
    void secretsDontShowInLogs() {
        assertEquals("TokenKey", KEY.toString());
        assertFalse(new ApiKey("0123456789abcdef").toString().contains("0123"));
    }

    @Test
    void anApiKeyMatchesOnlyItself() {
        ApiKey key = new ApiKey("a key of some length");
        assertTrue(key.matches("a key of some length"));
        assertFalse(key.matches("a key of some lengtH"));
        assertFalse(key.matches(""));
        assertThrows(IllegalArgumentException.class, () -> new ApiKey("short"));
    }

    @Test
    void aTokenLastsAsLongAsItsKeyWhenNothingElseIsSaid() throws TokenException {
        String token = tokens.issue(Grant.host("talk"), null);
        assertEquals(Grant.host("talk"), tokens.verify(token, "talk", NOW.plus(Duration.ofDays(36_500))));
    }
}
