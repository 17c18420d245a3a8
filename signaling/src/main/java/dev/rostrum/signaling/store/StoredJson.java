package dev.rostrum.signaling.store;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.SpaceInfo;
import dev.rostrum.signaling.model.SpaceState;
import dev.rostrum.signaling.model.SpaceStore.StoredIdentity;
import dev.rostrum.signaling.model.SpaceStore.StoredSpace;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a value in the file looks like: eight hex digits (CRC-32C of key and JSON, because the file's format has no
 * check of its contents), a blank, and a JSON object with its version {@code v}.
 *
 * <p>Stateless; safe for any thread. A later version may add fields, which this one passes over; a change that this one
 * could not read gets a higher {@code v}.
 */
final class StoredJson {

    private static final int VERSION = 1;
    private static final int CHECK_LENGTH = 8;
    private static final JsonMapper MAPPER = new JsonMapper();

    private StoredJson() {}

    /** A value that can't be read. */
    static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1L;

        /** Whether it is well, but of a later version. */
        final boolean later;

        UnreadableException(String sentence, boolean later) {
            super(sentence, null, false, false);
            this.later = later;
        }
    }

    static String write(String key, StoredSpace space) {
        SpaceInfo info = space.info();
        ObjectNode json = versioned()
                .put("title", info.title())
                .put("state", info.state().text())
                .put("video", info.video())
                .put("listed", info.listed())
                .put("createdAt", info.createdAt().toEpochMilli());
        if (info.video()) {
            var codecs = json.putArray("videoCodecs");
            info.videoCodecs().forEach(codec -> codecs.add(codec.name()));
        }
        put(json, "startsAt", info.startsAt());
        put(json, "startedAt", info.startedAt());
        put(json, "endedAt", info.endedAt());
        var banned = json.putArray("bannedAddresses");
        space.bannedAddresses().forEach(banned::add);
        return checked(key, json);
    }

    static StoredSpace readSpace(String key, String value) throws UnreadableException {
        ObjectNode json = read(key, value);
        Set<String> banned = new HashSet<>();
        for (JsonNode address : json.path("bannedAddresses")) {
            banned.add(address.stringValue());
        }
        return new StoredSpace(
                new SpaceInfo(
                        key,
                        text(json, "title"),
                        SpaceState.of(text(json, "state")).orElseThrow(() -> damaged(key)),
                        flag(json, "video"),
                        videoCodecs(key, json),
                        flag(json, "listed"),
                        required(json, "createdAt"),
                        instant(json, "startsAt"),
                        instant(json, "startedAt"),
                        instant(json, "endedAt")),
                banned);
    }

    /** Spaces that were made before there was a choice have VP8. */
    private static List<VideoCodec> videoCodecs(String key, ObjectNode json) throws UnreadableException {
        List<VideoCodec> codecs = new ArrayList<>();
        for (JsonNode name : json.path("videoCodecs")) {
            try {
                codecs.add(VideoCodec.valueOf(name.asString("")));
            } catch (IllegalArgumentException e) {
                throw damaged(key);
            }
        }
        return codecs.isEmpty() && flag(json, "video") ? List.of(VideoCodec.VP8) : codecs;
    }

    static String write(String key, StoredIdentity identity) {
        ObjectNode json = versioned();
        put(json, "sub", identity.sub());
        json.put("granted", identity.granted().text())
                .put("role", identity.role().text())
                .put("name", identity.name())
                .put("nameFixed", identity.nameFixed())
                .put("csrc", Integer.toUnsignedLong(identity.csrc()))
                .put("muted", identity.muted())
                .put("banned", identity.banned());
        put(json, "resumeHash", identity.resumeHash());
        put(json, "handAt", identity.handAt());
        put(json, "leftAt", identity.leftAt());
        return checked(key, json);
    }

    static StoredIdentity readIdentity(String key, String value) throws UnreadableException {
        ObjectNode json = read(key, value);
        int slash = key.indexOf('/');
        if (slash < 0) {
            throw damaged(key);
        }
        return new StoredIdentity(
                key.substring(0, slash),
                key.substring(slash + 1),
                optional(json, "sub"),
                Role.of(text(json, "granted")).orElseThrow(() -> damaged(key)),
                Role.of(text(json, "role")).orElseThrow(() -> damaged(key)),
                text(json, "name"),
                flag(json, "nameFixed"),
                (int) json.path("csrc").asLong(0),
                flag(json, "muted"),
                flag(json, "banned"),
                optional(json, "resumeHash"),
                instant(json, "handAt"),
                instant(json, "leftAt"));
    }

    private static ObjectNode versioned() {
        return JsonNodeFactory.instance.objectNode().put("v", VERSION);
    }

    private static String checked(String key, ObjectNode json) {
        String text = MAPPER.writeValueAsString(json);
        return check(key, text) + " " + text;
    }

    private static ObjectNode read(String key, String value) throws UnreadableException {
        if (value.length() <= CHECK_LENGTH + 1) {
            throw damaged(key);
        }
        String text = value.substring(CHECK_LENGTH + 1);
        if (!value.startsWith(check(key, text))) {
            throw damaged(key);
        }
        JsonNode node;
        try {
            node = MAPPER.readTree(text);
        } catch (JacksonException e) {
            throw damaged(key);
        }
        if (!(node instanceof ObjectNode json)) {
            throw damaged(key);
        }
        if (json.path("v").asInt(0) > VERSION) {
            throw new UnreadableException("it was written by a later version of Rostrum", true);
        }
        return json;
    }

    private static String check(String key, String text) {
        CRC32C crc = new CRC32C();
        crc.update(key.getBytes(StandardCharsets.UTF_8));
        crc.update(0);
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().toHexDigits((int) crc.getValue());
    }

    private static String text(ObjectNode json, String field) throws UnreadableException {
        String text = optional(json, field);
        if (text == null) {
            throw damaged(field);
        }
        return text;
    }

    private static @Nullable String optional(ObjectNode json, String field) {
        JsonNode node = json.get(field);
        return node == null || !node.isString() ? null : node.stringValue();
    }

    private static boolean flag(ObjectNode json, String field) {
        return json.path(field).asBoolean(false);
    }

    private static Instant required(ObjectNode json, String field) throws UnreadableException {
        Instant instant = instant(json, field);
        if (instant == null) {
            throw damaged(field);
        }
        return instant;
    }

    private static @Nullable Instant instant(ObjectNode json, String field) throws UnreadableException {
        JsonNode node = json.get(field);
        if (node == null || !node.isIntegralNumber()) {
            return null;
        }
        try {
            return Instant.ofEpochMilli(node.asLong());
        } catch (DateTimeException e) {
            throw damaged(field);
        }
    }

    private static void put(ObjectNode json, String field, @Nullable String value) {
        if (value != null) {
            json.put(field, value);
        }
    }

    private static void put(ObjectNode json, String field, @Nullable Instant value) {
        if (value != null) {
            json.put(field, value.toEpochMilli());
        }
    }

    private static UnreadableException damaged(String where) {
        return new UnreadableException("the entry " + where + " is damaged", false);
    }
}
