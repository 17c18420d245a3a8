package dev.rostrum.signaling.protocol;

import dev.rostrum.signaling.model.Command;
import dev.rostrum.signaling.model.Media.Source;
import dev.rostrum.signaling.model.Participant;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.SpaceEvent;
import dev.rostrum.signaling.model.SpaceInfo;
import dev.rostrum.signaling.protocol.ServerMessage.ErrorInfo;
import dev.rostrum.signaling.protocol.ServerMessage.IceServer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Messages to JSON and back, as docs/protocol.md says: one JSON object with a {@code type} per text frame.
 *
 * <p>Immutable; safe for any thread.
 */
public final class ProtocolCodec {

    /** The longest message that is read, in characters; an offer of 128 KB fits, also with its line ends escaped. */
    public static final int MAX_MESSAGE_LENGTH = 192 * 1024;

    /** The longest offer, in characters. */
    public static final int MAX_OFFER_LENGTH = 128 * 1024;

    private static final int MAX_TOKEN_LENGTH = 4096;
    private static final int MAX_NAME_LENGTH = 512; // the space has its own, narrower idea; this is for memory
    private static final int MAX_ID_LENGTH = 128;
    private static final int MAX_MID_LENGTH = 256;
    private static final int MAX_HEIGHT = 16_384;
    private static final int MAX_DEPTH = 16;

    private final JsonMapper mapper = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(MAX_MESSAGE_LENGTH)
                            .maxDocumentLength(MAX_MESSAGE_LENGTH)
                            .maxNameLength(256)
                            .maxNumberLength(64)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .build();

    public ProtocolCodec() {}

    /**
     * Reads a client's message. Fields that are not known are passed over.
     *
     * @throws ProtocolException with the field's name if a field is missing or of the wrong type; nothing else
     */
    public ClientMessage decode(String text) throws ProtocolException {
        Fields fields = new Fields(object(text));
        String type = fields.text("type", 64);
        return switch (type) {
            case "join" ->
                new ClientMessage.Join(
                        fields.optionalText("token", MAX_TOKEN_LENGTH),
                        fields.optionalText("resume", MAX_ID_LENGTH),
                        fields.optionalText("name", MAX_NAME_LENGTH),
                        fields.optionalText("offer", MAX_OFFER_LENGTH),
                        fields.optionalText("ticket", MAX_ID_LENGTH));
            case "restartIce" -> new ClientMessage.RestartIce(fields.id(), fields.text("offer", MAX_OFFER_LENGTH));
            default -> new ClientMessage.Request(fields.id(), command(type, fields));
        };
    }

    private ObjectNode object(String text) throws ProtocolException {
        if (text.length() > MAX_MESSAGE_LENGTH) {
            throw new ProtocolException(
                    null, "too-long", "The message is longer than " + MAX_MESSAGE_LENGTH + " characters.", null);
        }
        JsonNode node;
        try {
            node = mapper.readTree(text);
        } catch (JacksonException e) {
            throw new ProtocolException(null, "malformed", "The message is not JSON: " + e.getOriginalMessage(), null);
        }
        if (node instanceof ObjectNode object) {
            return object;
        }
        throw new ProtocolException(null, "malformed", "The message must be a JSON object.", null);
    }

    private static Command command(String type, Fields fields) throws ProtocolException {
        return switch (type) {
            case "raiseHand" -> new Command.RaiseHand();
            case "lowerHand" -> new Command.LowerHand(fields.optionalText("participant", MAX_ID_LENGTH));
            case "promote" ->
                new Command.Promote(fields.text("participant", MAX_ID_LENGTH), role(fields, Role.SPEAKER));
            case "demote" -> new Command.Demote(fields.text("participant", MAX_ID_LENGTH), role(fields, Role.LISTENER));
            case "mute" ->
                new Command.Mute(fields.optionalText("participant", MAX_ID_LENGTH), source(fields, Source.MICROPHONE));
            case "unmute" -> new Command.Unmute(source(fields, Source.MICROPHONE));
            case "remove" ->
                new Command.Remove(
                        fields.text("participant", MAX_ID_LENGTH),
                        fields.flag("ban", true),
                        fields.flag("banAddress", false));
            case "setName" -> new Command.SetName(fields.text("name", MAX_NAME_LENGTH));
            case "setSlots" -> setSlots(fields);
            case "leave" -> new Command.Leave();
            case "end" -> new Command.End();
            default -> throw fields.wrong("unknown-type", "There is no message \"" + shortened(type) + "\".", "type");
        };
    }

    private static Role role(Fields fields, Role absent) throws ProtocolException {
        String text = fields.optionalText("role", MAX_ID_LENGTH);
        if (text == null) {
            return absent;
        }
        return Role.of(text)
                .orElseThrow(() ->
                        fields.wrong("invalid-field", "\"role\" must be host, cohost, speaker or listener.", "role"));
    }

    /** What can be muted; the sound of a screen goes with it. */
    private static Source source(Fields fields, Source absent) throws ProtocolException {
        String text = fields.optionalText("source", MAX_ID_LENGTH);
        return switch (text) {
            case null -> absent;
            case "microphone" -> Source.MICROPHONE;
            case "camera" -> Source.CAMERA;
            case "screen" -> Source.SCREEN;
            default ->
                throw fields.wrong("invalid-field", "\"source\" must be microphone, camera or screen.", "source");
        };
    }

    private static Command.SetSlots setSlots(Fields fields) throws ProtocolException {
        if (fields.isMissing("video")) {
            return new Command.SetSlots(fields.number("audio", 0, Command.SetSlots.MOST), null);
        }
        boolean audio = !fields.isMissing("audio");
        return new Command.SetSlots(
                audio ? fields.number("audio", 0, Command.SetSlots.MOST) : null, slotWishes(fields));
    }

    private static List<Command.SlotWish> slotWishes(Fields fields) throws ProtocolException {
        List<Command.SlotWish> wishes = new ArrayList<>();
        for (Fields slot : fields.objects("video", Command.SetSlots.MOST)) {
            wishes.add(new Command.SlotWish(
                    slot.text("mid", MAX_MID_LENGTH),
                    slot.optionalText("participant", MAX_ID_LENGTH),
                    source(slot, Source.CAMERA),
                    slot.isMissing("height") ? 0 : slot.number("height", 0, MAX_HEIGHT),
                    slot.flag("pinned", false)));
        }
        return wishes;
    }

    private static String shortened(String type) {
        return type.length() <= 32 ? type : type.substring(0, 32) + "…";
    }

    /** Writes a message for a client. */
    public String encode(ServerMessage message) {
        return mapper.writeValueAsString(toJson(message));
    }

    private static ObjectNode toJson(ServerMessage message) {
        return switch (message) {
            case ServerMessage.Joined joined -> joined(joined);
            case ServerMessage.Queued(int position, Integer estimateSeconds, boolean full, String ticket) -> {
                ObjectNode json = typed("queued").put("position", position);
                if (estimateSeconds != null) {
                    json.put("estimateSeconds", estimateSeconds);
                }
                yield json.put("full", full).put("ticket", ticket);
            }
            case ServerMessage.Result(long id, String answer, boolean durable) ->
                optional(typed("result").put("id", id), "answer", answer).put("durable", durable);
            case ServerMessage.Failure(Long id, ErrorInfo error) -> {
                ObjectNode json = typed("error");
                if (id != null) {
                    json.put("id", id);
                }
                json.set("error", toJson(error));
                yield json;
            }
            case ServerMessage.Event(SpaceEvent event) -> toJson(event);
            case ServerMessage.Draining(long comeBackAfterMs) ->
                typed("draining").put("comeBackAfterMs", comeBackAfterMs);
            case ServerMessage.Closed(String reason, String sentence) ->
                typed("closed").put("reason", reason).put("message", sentence);
        };
    }

    private static ObjectNode joined(ServerMessage.Joined joined) {
        ObjectNode json = typed("joined");
        json.set("participant", toJson(joined.participant()));
        optional(json, "resume", joined.resume());
        optional(json, "answer", joined.answer());
        json.put("media", joined.media());
        ArrayNode iceServers = json.putArray("iceServers");
        joined.iceServers().forEach(server -> iceServers.add(toJson(server)));
        json.set("space", toJson(joined.space()));
        json.set("participants", toJson(joined.participants()));
        json.put("listeners", joined.listeners());
        return json.put("durable", joined.durable());
    }

    private static ObjectNode toJson(SpaceEvent event) {
        return switch (event) {
            case SpaceEvent.Stage(Participant participant) -> with(typed("stage"), participant);
            case SpaceEvent.Left(String participant) -> typed("left").put("participant", participant);
            case SpaceEvent.Hand(Participant participant) -> with(typed("hand"), participant);
            case SpaceEvent.Counts(int listeners) -> typed("counts").put("listeners", listeners);
            case SpaceEvent.SpaceChanged(SpaceInfo space) -> {
                ObjectNode json = typed("space");
                json.set("space", toJson(space));
                yield json;
            }
            case SpaceEvent.RoleChanged(Role role, boolean muted, String by) ->
                optional(typed("role").put("role", role.text()).put("muted", muted), "by", by);
            case SpaceEvent.Muted(String by, Source source) ->
                typed("muted").put("by", by).put("source", source.text());
            case SpaceEvent.Video(String mid, String participant, Source source, SpaceEvent.VideoState state) -> {
                ObjectNode json = optional(typed("video").put("mid", mid), "participant", participant);
                yield optional(json, "source", source == null ? null : source.text())
                        .put("state", state.text());
            }
            case SpaceEvent.Media(SpaceEvent.MediaState state, String reason) ->
                optional(typed("media").put("state", state.text()), "reason", reason.isEmpty() ? null : reason);
        };
    }

    /** A participant, as every message and the REST API write one. */
    public static ObjectNode toJson(Participant participant) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", participant.id())
                .put("name", participant.name())
                .put("role", participant.role().text())
                .put("csrc", participant.unsignedCsrc())
                .put("muted", participant.muted())
                .put("camera", participant.camera())
                .put("screen", participant.screen())
                .put("hand", participant.hand())
                .put("away", participant.away());
    }

    /** Participants in their order. */
    public static ArrayNode toJson(List<Participant> participants) {
        ArrayNode json = JsonNodeFactory.instance.arrayNode(participants.size());
        participants.forEach(participant -> json.add(toJson(participant)));
        return json;
    }

    /** A space, as every message and the REST API write one. */
    public static ObjectNode toJson(SpaceInfo space) {
        ObjectNode json = JsonNodeFactory.instance
                .objectNode()
                .put("id", space.id())
                .put("title", space.title())
                .put("state", space.state().text())
                .put("video", space.video())
                .put("listed", space.listed())
                .put("createdAt", space.createdAt().toString());
        if (space.video()) {
            ArrayNode codecs = json.putArray("videoCodecs");
            space.videoCodecs().forEach(codec -> codecs.add(codec.name()));
        }
        optional(json, "startsAt", text(space.startsAt()));
        optional(json, "startedAt", text(space.startedAt()));
        return optional(json, "endedAt", text(space.endedAt()));
    }

    /** An error, as every message writes one. */
    public static ObjectNode toJson(ErrorInfo error) {
        ObjectNode json =
                JsonNodeFactory.instance.objectNode().put("code", error.code()).put("message", error.message());
        return optional(json, "field", error.field());
    }

    private static ObjectNode toJson(IceServer server) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode urls = json.putArray("urls");
        server.urls().forEach(urls::add);
        optional(json, "username", server.username());
        return optional(json, "credential", server.credential());
    }

    private static ObjectNode with(ObjectNode json, Participant participant) {
        json.set("participant", toJson(participant));
        return json;
    }

    private static ObjectNode optional(ObjectNode json, String field, @Nullable String value) {
        return value == null ? json : json.put(field, value);
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }

    private static ObjectNode typed(String type) {
        return JsonNodeFactory.instance.objectNode().put("type", type);
    }
}
