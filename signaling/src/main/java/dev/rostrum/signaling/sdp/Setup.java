package dev.rostrum.signaling.sdp;

import dev.rostrum.dtls.DtlsRole;
import java.util.Locale;

/** Who begins the DTLS handshake, as {@code a=setup} says (RFC 4145 §4, RFC 8842 §5). */
public enum Setup {
    /** The describer is the DTLS client. */
    ACTIVE,
    /** The describer is the DTLS server. */
    PASSIVE,
    /** The describer leaves it to the other side; only in offers. */
    ACTPASS,
    /** No handshake for the time being. */
    HOLDCONN;

    /** The value that says that its sender takes this role. */
    public static Setup of(DtlsRole role) {
        return role == DtlsRole.CLIENT ? ACTIVE : PASSIVE;
    }

    /** The attribute's value. */
    public String sdp() {
        return name().toLowerCase(Locale.ROOT);
    }
}
