package dev.rostrum.signaling.protocol;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The fields of one message as its sender wrote them; what is wrong with one names it. A field that is {@code null}
 * counts as absent.
 *
 * <p>Made for one message, on the thread that decodes it.
 */
final class Fields {

    /** The largest integer that a JavaScript number holds exactly. */
    static final long MAX_INTEGER = (1L << 53) - 1;

    private final ObjectNode message;
    private @Nullable Long id;

    Fields(ObjectNode message) {
        this.message = message;
        JsonNode node = message.get("id");
        if (node != null && node.isIntegralNumber() && node.canConvertToLong() && inRange(node.longValue())) {
            id = node.longValue();
        }
    }

    private Fields(ObjectNode part, @Nullable Long id) {
        this.message = part;
        this.id = id;
    }

    /** The command's id; the same that {@link #wrong} gives to errors. */
    long id() throws ProtocolException {
        Long value = id;
        if (value == null) {
            throw isMissing("id")
                    ? missing("id")
                    : wrong("invalid-field", "\"id\" must be an integer from 0 to 2^53-1.", "id");
        }
        return value;
    }

    String text(String field, int maxLength) throws ProtocolException {
        String text = optionalText(field, maxLength);
        if (text == null) {
            throw missing(field);
        }
        return text;
    }

    @Nullable
    String optionalText(String field, int maxLength) throws ProtocolException {
        if (isMissing(field)) {
            return null;
        }
        JsonNode node = message.get(field);
        if (!node.isString()) {
            throw wrong("invalid-field", "\"" + field + "\" must be a string.", field);
        }
        String text = node.stringValue();
        if (text.length() > maxLength) {
            throw wrong("invalid-field", "\"" + field + "\" is longer than " + maxLength + " characters.", field);
        }
        return text;
    }

    int number(String field, int least, int most) throws ProtocolException {
        if (isMissing(field)) {
            throw missing(field);
        }
        JsonNode node = message.get(field);
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < least || node.intValue() > most) {
            throw wrong(
                    "invalid-field", "\"" + field + "\" must be an integer from " + least + " to " + most + ".", field);
        }
        return node.intValue();
    }

    boolean flag(String field, boolean absent) throws ProtocolException {
        if (isMissing(field)) {
            return absent;
        }
        JsonNode node = message.get(field);
        if (!node.isBoolean()) {
            throw wrong("invalid-field", "\"" + field + "\" must be true or false.", field);
        }
        return node.booleanValue();
    }

    /** The objects of an array; what is wrong in one of them names its own field. */
    List<Fields> objects(String field, int most) throws ProtocolException {
        JsonNode node = message.get(field);
        if (!node.isArray() || node.size() > most) {
            throw wrong("invalid-field", "\"" + field + "\" must be an array of at most " + most + ".", field);
        }
        List<Fields> objects = new ArrayList<>();
        for (JsonNode element : node) {
            if (!(element instanceof ObjectNode object)) {
                throw wrong("invalid-field", "\"" + field + "\" must hold objects.", field);
            }
            objects.add(new Fields(object, id));
        }
        return objects;
    }

    ProtocolException missing(String field) {
        return wrong("missing-field", "\"" + field + "\" is missing.", field);
    }

    ProtocolException wrong(String code, String sentence, @Nullable String field) {
        return new ProtocolException(id, code, sentence, field);
    }

    boolean isMissing(String field) {
        JsonNode node = message.get(field);
        return node == null || node.isNull();
    }

    private static boolean inRange(long value) {
        return value >= 0 && value <= MAX_INTEGER;
    }
}
