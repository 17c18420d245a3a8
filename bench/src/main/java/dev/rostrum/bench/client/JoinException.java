package dev.rostrum.bench.client;

/** The server refused a client, or could not be reached; the code says which. */
public final class JoinException extends Exception {

    private static final long serialVersionUID = 1;

    private final String code;

    JoinException(String code, String message) {
        super(code + ": " + message);
        this.code = code;
    }

    /** One of the server's error codes, an HTTP status, or {@code unreachable}, {@code timeout}, {@code media}. */
    public String code() {
        return code;
    }
}
