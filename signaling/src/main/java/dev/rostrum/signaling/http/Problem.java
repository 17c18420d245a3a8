package dev.rostrum.signaling.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.netty.handler.codec.http.HttpResponseStatus;
import org.jspecify.annotations.Nullable;

/**
 * What went wrong with a request, as {@code application/problem+json} (RFC 9457).
 *
 * <p>Immutable.
 *
 * @param title the status' own phrase, as RFC 9457 §4.2.1 asks for problems without a type
 * @param detail what was wrong and what to do, for people
 * @param code what was wrong, for programs; the same codes as on the WebSocket
 * @param field the field of the JSON document that is at fault, if one is
 * @param position where somebody who must wait stands in the queue; absent else, as what follows
 * @param estimateSeconds in how long they will probably be let in, if that can be told
 * @param full whether there is no room until others leave
 * @param ticket keeps the place
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(
        int status,
        String title,
        String detail,
        String code,
        @Nullable String field,
        @Nullable Integer position,
        @Nullable Integer estimateSeconds,
        @Nullable Boolean full,
        @Nullable String ticket) {

    public static final String CONTENT_TYPE = "application/problem+json";

    public static Problem of(int status, String code, String detail) {
        return of(status, code, detail, null);
    }

    public static Problem of(int status, String code, String detail, @Nullable String field) {
        return new Problem(status, phrase(status), detail, code, field, null, null, null, null);
    }

    /** Somebody must wait for their turn; the place and the ticket are members of the document. */
    public static Problem queued(
            String detail, int position, @Nullable Integer estimateSeconds, boolean full, String ticket) {
        return new Problem(503, phrase(503), detail, "queued", null, position, estimateSeconds, full, ticket);
    }

    /** The phrase of RFC 9110 §15, where Netty still has an older one. */
    private static String phrase(int status) {
        return switch (status) {
            case 413 -> "Content Too Large";
            case 414 -> "URI Too Long";
            case 422 -> "Unprocessable Content";
            default -> HttpResponseStatus.valueOf(status).reasonPhrase();
        };
    }
}
