package dev.rostrum.signaling.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A request's JSON object, read so that each refusal names the field.
 *
 * <p>Used by one thread.
 */
public final class JsonBody {

    public static final String CONTENT_TYPE = "application/json";

    /** For answers, too. Dates are texts (ISO 8601). */
    public static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final JsonNode object;

    private JsonBody(JsonNode object) {
        this.object = object;
    }

    /** Reads the body of a request. Fields that nobody asks for are passed over: newer clients may send them. */
    public static JsonBody of(RoutingContext ctx) throws ProblemException {
        Buffer body = ctx.body().buffer();
        JsonNode node;
        try {
            node = MAPPER.readTree(body == null ? new byte[0] : body.getBytes());
        } catch (JacksonException e) {
            String message = e.getOriginalMessage();
            throw new ProblemException(
                    400,
                    "json",
                    "The body is not JSON: "
                            + (message == null
                                    ? "it can't be read"
                                    : message.lines().findFirst().orElse(""))
                            + (e.getLocation() == null
                                    ? ""
                                    : " (line " + e.getLocation().getLineNr() + ", column "
                                            + e.getLocation().getColumnNr() + ")"));
        }
        if (node == null || !node.isObject()) {
            throw new ProblemException(400, "json", "The body must be a JSON object, such as {\"title\": \"…\"}.");
        }
        return new JsonBody(node);
    }

    /** A text, or null if it is missing or null. */
    public @Nullable String text(String field) throws ProblemException {
        JsonNode node = object.get(field);
        if (node == null || node.isNull()) {
            return null;
        }
        if (!node.isString()) {
            throw ProblemException.field(field, "The field '" + field + "' must be a text.");
        }
        return node.asString();
    }

    /** The texts of an array of at most so many, or null if it is missing or null. */
    public @Nullable List<String> texts(String field, int most) throws ProblemException {
        JsonNode node = object.get(field);
        if (node == null || node.isNull()) {
            return null;
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode element : node) {
            if (!node.isArray() || !element.isString() || texts.size() == most) {
                break;
            }
            texts.add(element.asString());
        }
        if (!node.isArray() || texts.size() != node.size()) {
            throw ProblemException.field(
                    field, "The field '" + field + "' must be an array of at most " + most + " texts.");
        }
        return texts;
    }

    /** A text that must be there. */
    public String requiredText(String field) throws ProblemException {
        String text = text(field);
        if (text == null) {
            throw ProblemException.field(field, "The field '" + field + "' is missing.");
        }
        return text;
    }

    /** Whether the field is true; false if it is missing or null. */
    public boolean flag(String field) throws ProblemException {
        JsonNode node = object.get(field);
        if (node == null || node.isNull()) {
            return false;
        }
        if (!node.isBoolean()) {
            throw ProblemException.field(field, "The field '" + field + "' must be true or false.");
        }
        return node.booleanValue();
    }

    /** A whole number, or null if it is missing or null. */
    public @Nullable Long number(String field, long least, long most) throws ProblemException {
        JsonNode node = object.get(field);
        if (node == null || node.isNull()) {
            return null;
        }
        if (!node.isIntegralNumber()
                || !node.canConvertToLong()
                || node.longValue() < least
                || node.longValue() > most) {
            throw ProblemException.field(
                    field, "The field '" + field + "' must be a whole number from " + least + " to " + most + ".");
        }
        return node.longValue();
    }
}
