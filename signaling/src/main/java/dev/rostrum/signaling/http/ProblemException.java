package dev.rostrum.signaling.http;

import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.sdp.SdpException;
import dev.rostrum.signaling.token.TokenException;
import java.io.Serial;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Ends a request with a {@link Problem}.
 *
 * <p>Immutable apart from {@link #with}, which only its maker calls. Carries no stack trace, because it is an answer and
 * not a fault.
 */
public final class ProblemException extends Exception {

    @Serial
    private static final long serialVersionUID = 1;

    private final transient Problem problem;
    private final transient Map<String, String> headers = new LinkedHashMap<>();

    public ProblemException(Problem problem) {
        super(problem.detail(), null, false, false);
        this.problem = problem;
    }

    public ProblemException(int status, String code, String detail) {
        this(Problem.of(status, code, detail));
    }

    /** The same with one more header in the answer. */
    public ProblemException with(String header, String value) {
        headers.put(header, value);
        return this;
    }

    public Problem problem() {
        return problem;
    }

    public Map<String, String> headers() {
        return headers;
    }

    /** A field of a JSON document can't be used. */
    public static ProblemException field(String field, String detail) {
        return new ProblemException(Problem.of(400, "invalid-field", detail, field));
    }

    /** No token, or none that is good. */
    public static ProblemException unauthorized(String detail) {
        return new ProblemException(401, "unauthorized", detail).with("WWW-Authenticate", "Bearer");
    }

    public static ProblemException of(TokenException e) {
        int status = e.reason().httpStatus();
        ProblemException problem =
                new ProblemException(status, status == 401 ? "unauthorized" : "forbidden", e.sentence());
        return status == 401
                ? problem.with("WWW-Authenticate", "Bearer error=\"invalid_token\"")
                : problem.with("WWW-Authenticate", "Bearer error=\"insufficient_scope\"");
    }

    public static ProblemException of(Refusal refusal) {
        ProblemException problem = new ProblemException(
                Problem.of(refusal.code().httpStatus(), refusal.code().text(), refusal.sentence(), refusal.field()));
        return switch (refusal.code()) {
            case UNAUTHORIZED -> problem.with("WWW-Authenticate", "Bearer");
            case FULL, UNCONFIRMED -> problem.with("Retry-After", "5");
            case TOO_FAST -> problem.with("Retry-After", "1");
            default -> problem;
        };
    }

    public static ProblemException of(SdpException e) {
        int status =
                switch (e.kind()) {
                    case MALFORMED -> 400;
                    case TOO_LARGE -> 413;
                    case UNSUPPORTED -> 422;
                    case NOTHING_USABLE -> 406;
                };
        String message = e.getMessage();
        return new ProblemException(status, "sdp", message == null ? "The SDP can't be used." : message);
    }
}
