package dev.rostrum.dtls;

/** Which side of the handshake this server takes (RFC 5763 §5): the client is {@code active}, the server {@code passive}. */
public enum DtlsRole {
    CLIENT("active"),
    SERVER("passive");

    private final String setup;

    DtlsRole(String setup) {
        this.setup = setup;
    }

    /** The value of {@code a=setup} that says so (RFC 4145 §4). */
    public String setup() {
        return setup;
    }
}
