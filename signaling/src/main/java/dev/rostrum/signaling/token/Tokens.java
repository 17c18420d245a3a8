package dev.rostrum.signaling.token;

import com.nimbusds.jose.Header;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.token.TokenException.Reason;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Instant;
import java.util.Date;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Issues and verifies this server's own access tokens: JWT (RFC 7519) signed with HS256, with the claims {@code space},
 * {@code role}, and if there are any {@code name}, {@code sub}, {@code exp} and {@code nbf}.
 *
 * <p>Immutable; safe for any thread.
 */
public final class Tokens {

    /** Longer ones are not looked at. */
    static final int MAX_LENGTH = 4096;

    private static final int MAX_SUB_LENGTH = 128;

    private static final String SPACE = "space";
    private static final String ROLE = "role";
    private static final String NAME = "name";
    private static final String SUB = "sub";

    private final MACSigner signer;
    private final MACVerifier verifier;

    public Tokens(TokenKey key) {
        try {
            signer = new MACSigner(key.secret());
            verifier = new MACVerifier(key.secret());
        } catch (JOSEException e) {
            throw new IllegalArgumentException("the key can't sign: " + e.getMessage(), e);
        }
    }

    /**
     * A token for a grant.
     *
     * @param expiresAt until when it lets in, in whole seconds; absent for as long as the server's key holds
     */
    public String issue(Grant grant, @Nullable Instant expiresAt) {
        JWTClaimsSet.Builder claims = new JWTClaimsSet.Builder()
                .claim(SPACE, grant.spaceId())
                .claim(ROLE, grant.role().text());
        if (grant.name() != null) {
            claims.claim(NAME, grant.name());
        }
        if (grant.sub() != null) {
            claims.subject(grant.sub());
        }
        if (expiresAt != null) {
            claims.expirationTime(Date.from(expiresAt));
        }
        SignedJWT jwt = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims.build());
        try {
            jwt.sign(signer);
        } catch (JOSEException e) {
            throw new IllegalStateException("HS256 could not sign", e);
        }
        return jwt.serialize();
    }

    /**
     * Reads a token that somebody brought for a space.
     *
     * @throws TokenException with the reason why it lets nobody in
     */
    public Grant verify(String token, String spaceId, Instant now) throws TokenException {
        if (token.length() > MAX_LENGTH) {
            throw new TokenException(Reason.MALFORMED, "The token is longer than " + MAX_LENGTH + " characters.");
        }
        int headerEnd = token.indexOf('.');
        int payloadEnd = token.indexOf('.', headerEnd + 1);
        if (headerEnd <= 0 || payloadEnd < 0 || token.indexOf('.', payloadEnd + 1) >= 0 || !base64Url(token)) {
            throw malformed();
        }
        JWSHeader header = header(token.substring(0, headerEnd));
        byte[] signed = token.substring(0, payloadEnd).getBytes(StandardCharsets.US_ASCII);
        if (!signatureHolds(header, signed, token.substring(payloadEnd + 1))) {
            throw new TokenException(
                    Reason.BAD_SIGNATURE, "The token's signature is wrong: it was changed, or another server made it.");
        }
        return grant(claims(token.substring(headerEnd + 1, payloadEnd)), spaceId, now);
    }

    private static JWSHeader header(String encoded) throws TokenException {
        Header header;
        try {
            header = Header.parse(new Base64URL(encoded));
        } catch (ParseException | RuntimeException e) { // from what a stranger sent
            throw malformed();
        }
        if (header instanceof JWSHeader jws && JWSAlgorithm.HS256.equals(jws.getAlgorithm())) {
            return jws;
        }
        throw new TokenException(
                Reason.UNSUPPORTED_ALGORITHM,
                "The token is signed with \"" + header.getAlgorithm().getName() + "\"; only HS256 is accepted.");
    }

    private boolean signatureHolds(JWSHeader header, byte[] signed, String signature) {
        try {
            return verifier.verify(header, signed, new Base64URL(signature));
        } catch (JOSEException | RuntimeException e) { // from what a stranger sent
            return false;
        }
    }

    private static Map<String, Object> claims(String encoded) throws TokenException {
        Map<String, Object> claims = null;
        try {
            claims = JSONObjectUtils.parse(new Base64URL(encoded).decodeToString()); // null for "null"
        } catch (ParseException | RuntimeException e) {
            // from somebody who has the key, but still not to be trusted to write JSON
        }
        if (claims == null) {
            throw new TokenException(Reason.BAD_CLAIMS, "The token's claims are not a JSON object.");
        }
        return claims;
    }

    private static Grant grant(Map<String, Object> claims, String spaceId, Instant now) throws TokenException {
        long nowSeconds = now.getEpochSecond();
        Long expiresAt = seconds(claims, "exp");
        if (expiresAt != null && nowSeconds >= expiresAt) {
            throw new TokenException(Reason.EXPIRED, "The token has expired; ask for a new one.");
        }
        Long notBefore = seconds(claims, "nbf");
        if (notBefore != null && nowSeconds < notBefore) {
            throw new TokenException(Reason.NOT_YET_VALID, "The token is not valid yet.");
        }
        String space = text(claims, SPACE);
        String roleText = text(claims, ROLE);
        if (space == null || roleText == null) {
            throw badClaim(space == null ? SPACE : ROLE, "is missing");
        }
        Role role = Role.of(roleText).orElseThrow(() -> badClaim(ROLE, "is not a role"));
        String sub = text(claims, SUB);
        if (sub != null && (sub.isBlank() || sub.length() > MAX_SUB_LENGTH)) {
            throw badClaim(SUB, "must have 1 to " + MAX_SUB_LENGTH + " characters");
        }
        String name = text(claims, NAME);
        if (!space.equals(spaceId)) {
            throw new TokenException(Reason.WRONG_SPACE, "The token is for another space.");
        }
        return new Grant(space, role, name, sub);
    }

    private static @Nullable String text(Map<String, Object> claims, String claim) throws TokenException {
        return switch (claims.get(claim)) {
            case null -> null;
            case String text -> text;
            default -> throw badClaim(claim, "is not text");
        };
    }

    private static @Nullable Long seconds(Map<String, Object> claims, String claim) throws TokenException {
        return switch (claims.get(claim)) {
            case null -> null;
            case Number number -> number.longValue();
            default -> throw badClaim(claim, "is not a number of seconds");
        };
    }

    private static boolean base64Url(String token) {
        for (int i = 0; i < token.length(); i++) {
            char c = token.charAt(i);
            boolean known = (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '-'
                    || c == '_'
                    || c == '.';
            if (!known) {
                return false;
            }
        }
        return true;
    }

    private static TokenException malformed() {
        return new TokenException(
                Reason.MALFORMED, "This is not a token: a JWT has three base64url parts with dots between them.");
    }

    private static TokenException badClaim(String claim, String what) {
        return new TokenException(Reason.BAD_CLAIMS, "The token's claim \"" + claim + "\" " + what + ".");
    }
}
