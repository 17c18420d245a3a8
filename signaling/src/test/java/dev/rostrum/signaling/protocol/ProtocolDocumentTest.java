package dev.rostrum.signaling.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.signaling.model.Command;
import dev.rostrum.signaling.model.Connection.Farewell;
import dev.rostrum.signaling.model.Media.Source;
import dev.rostrum.signaling.model.Participant;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.SpaceEvent;
import dev.rostrum.signaling.model.SpaceInfo;
import dev.rostrum.signaling.model.SpaceState;
import dev.rostrum.signaling.protocol.ServerMessage.ErrorInfo;
import dev.rostrum.signaling.protocol.ServerMessage.IceServer;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** docs/protocol.md says what the records and the codec say, no more and no less. */
final class ProtocolDocumentTest {

    private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");
    private static final Participant ADA =
            new Participant("p_1", "Ada", Role.SPEAKER, -4, true, true, false, false, false);
    private static final SpaceInfo SPACE = new SpaceInfo(
            "talk", "A talk", SpaceState.ENDED, true, List.of(VideoCodec.VP8), true, NOON, NOON, NOON, NOON);

    /** One of each message that the server sends, with every optional field there. */
    private static final List<ServerMessage> SAMPLES = List.of(
            new ServerMessage.Joined(
                    ADA,
                    "resume",
                    "v=0",
                    true,
                    List.of(new IceServer(List.of("stun:x"), "u", "c")),
                    SPACE,
                    List.of(ADA),
                    3,
                    true),
            new ServerMessage.Queued(12, 20, false, "ticket"),
            new ServerMessage.Result(7, "v=0", true),
            new ServerMessage.Failure(7L, new ErrorInfo("code", "message", "field")),
            new ServerMessage.Event(new SpaceEvent.Stage(ADA)),
            new ServerMessage.Event(new SpaceEvent.Left("p_1")),
            new ServerMessage.Event(new SpaceEvent.Hand(ADA)),
            new ServerMessage.Event(new SpaceEvent.Counts(3)),
            new ServerMessage.Event(new SpaceEvent.SpaceChanged(SPACE)),
            new ServerMessage.Event(new SpaceEvent.RoleChanged(Role.SPEAKER, true, "p_1")),
            new ServerMessage.Event(new SpaceEvent.Muted("p_1", Source.MICROPHONE)),
            new ServerMessage.Event(new SpaceEvent.Video("7", "p_1", Source.CAMERA, SpaceEvent.VideoState.CARRIED)),
            new ServerMessage.Event(new SpaceEvent.Media(SpaceEvent.MediaState.CLOSED, "why")),
            new ServerMessage.Draining(5000),
            new ServerMessage.Closed("left", "You left."));

    private final String document = read();
    private final ProtocolCodec codec = new ProtocolCodec();
    private final JsonMapper mapper = new JsonMapper();

    private static String read() {
        for (String path : List.of("../docs/protocol.md", "docs/protocol.md")) {
            if (Files.exists(Path.of(path))) {
                try {
                    return Files.readString(Path.of(path));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            }
        }
        throw new AssertionError("docs/protocol.md is not there");
    }

    private String section(String heading) {
        int start = document.indexOf("\n" + heading + "\n");
        assertTrue(start >= 0, () -> "no section " + heading);
        String level = heading.substring(0, heading.indexOf(' '));
        Matcher next = Pattern.compile("\n#{1," + level.length() + "} ").matcher(document);
        return next.find(start + heading.length())
                ? document.substring(start, next.start())
                : document.substring(start);
    }

    /** Field → its type, from the first table of a section. */
    private static Map<String, String> fields(String section) {
        Map<String, String> fields = new LinkedHashMap<>();
        boolean inTable = false;
        for (String line : section.lines().toList()) {
            Matcher row = Pattern.compile("\\| `(\\w+)` \\| ([^|]*) \\|.*").matcher(line);
            if (row.matches()) {
                inTable = true;
                fields.put(row.group(1), row.group(2).strip());
            } else if (inTable) {
                break;
            }
        }
        return fields;
    }

    /** Message type → fields, of all messages in a part of the document. */
    private Map<String, Map<String, String>> messages(String part) {
        Map<String, Map<String, String>> messages = new TreeMap<>();
        Matcher heading = Pattern.compile("(?m)^#### `(\\w+)`$").matcher(section(part));
        while (heading.find()) {
            messages.put(heading.group(1), fields(section(heading.group())));
        }
        return messages;
    }

    private static Set<String> components(Class<?> record) {
        Set<String> names = new TreeSet<>();
        for (RecordComponent component : record.getRecordComponents()) {
            names.add(component.getName());
        }
        return names;
    }

    private static Set<String> optional(Map<String, String> fields) {
        Set<String> optional = new TreeSet<>();
        fields.forEach((name, type) -> {
            if (type.contains("optional")) {
                optional.add(name);
            }
        });
        return optional;
    }

    private static Map<String, String> fieldsOf(Map<String, Map<String, String>> messages, String type) {
        return messages.getOrDefault(type, Map.of());
    }

    private static String typeOf(Class<?> record) {
        String name = record.getSimpleName();
        return Character.toLowerCase(name.charAt(0)) + name.substring(1);
    }

    @Test
    void everyMessageOfTheClientIsThereWithItsFieldsAndNoOther() {
        Map<String, Set<String>> expected = new TreeMap<>();
        expected.put("join", with(components(ClientMessage.Join.class), "type"));
        expected.put("restartIce", with(components(ClientMessage.RestartIce.class), "type"));
        for (Class<?> command : Command.class.getPermittedSubclasses()) {
            expected.put(typeOf(command), with(components(command), "type", "id"));
        }
        Map<String, Set<String>> documented = new TreeMap<>();
        messages("### From client to server").forEach((type, fields) -> documented.put(type, with(fields.keySet())));
        assertEquals(expected, documented);
        assertEquals(3, ClientMessage.class.getPermittedSubclasses().length, "a new kind of message");
    }

    @Test
    void everyMessageOfTheServerIsThereWithItsFieldsAndNoOther() {
        Map<String, Set<String>> expected = new TreeMap<>();
        for (ServerMessage sample : SAMPLES) {
            JsonNode json = mapper.readTree(codec.encode(sample));
            expected.put(json.get("type").stringValue(), with(json.propertyNames()));
        }
        Map<String, Set<String>> documented = new TreeMap<>();
        messages("### From server to client").forEach((type, fields) -> documented.put(type, with(fields.keySet())));
        assertEquals(expected, documented);
    }

    @Test
    void thereIsASampleOfEachRecordAndTheCodecLeavesNoComponentOut() {
        Set<Class<?>> records = new LinkedHashSet<>(Arrays.asList(SpaceEvent.class.getPermittedSubclasses()));
        for (Class<?> message : ServerMessage.class.getPermittedSubclasses()) {
            if (message != ServerMessage.Event.class) {
                records.add(message);
            }
        }
        Set<Class<?>> sampled = new LinkedHashSet<>();
        for (ServerMessage sample : SAMPLES) {
            Record record = sample instanceof ServerMessage.Event(SpaceEvent event) ? (Record) event : (Record) sample;
            sampled.add(record.getClass());
            Set<String> fields = with(mapper.readTree(codec.encode(sample)).propertyNames());
            fields.remove("type");
            assertEquals(components(record.getClass()), fields);
        }
        assertEquals(records, sampled);
    }

    @Test
    void optionalFieldsAreSaidToBe() {
        Map<String, Map<String, String>> server = messages("### From server to client");
        ServerMessage joined = new ServerMessage.Joined(ADA, "r", null, false, List.of(), SPACE, List.of(), 0, true);
        Set<String> missing = new TreeSet<>(fieldsOf(server, "joined").keySet());
        missing.removeAll(with(mapper.readTree(codec.encode(joined)).propertyNames()));
        assertEquals(missing, optional(fieldsOf(server, "joined")));
        assertEquals(Set.of("answer"), optional(fieldsOf(server, "result")));
        assertEquals(Set.of("id"), optional(fieldsOf(server, "error")));
        assertEquals(Set.of("estimateSeconds"), optional(fieldsOf(server, "queued")));
        assertEquals(Set.of("by"), optional(fieldsOf(server, "role")));
        assertEquals(Set.of("participant", "source"), optional(fieldsOf(server, "video")));
        Map<String, Map<String, String>> client = messages("### From client to server");
        assertEquals(Set.of("token", "resume", "name", "offer", "ticket"), optional(fieldsOf(client, "join")));
        assertEquals(Set.of("ban", "banAddress"), optional(fieldsOf(client, "remove")));
        assertEquals(Set.of("participant", "source"), optional(fieldsOf(client, "mute")));
        assertEquals(Set.of("audio", "video"), optional(fieldsOf(client, "setSlots")));
    }

    @Test
    void objectsAreThereWithTheirFields() {
        assertEquals(
                with(ProtocolCodec.toJson(ADA).propertyNames()),
                with(fields(section("#### Participant object")).keySet()));
        assertEquals(
                components(Participant.class),
                with(fields(section("#### Participant object")).keySet()));
        assertEquals(
                components(Command.SlotWish.class),
                with(fields(section("#### Slot object")).keySet()));
        assertEquals(
                components(SpaceInfo.class),
                with(fields(section("#### Space object")).keySet()));
        assertEquals(
                with(ProtocolCodec.toJson(SPACE).propertyNames()),
                with(fields(section("#### Space object")).keySet()));
        assertEquals(
                components(IceServer.class),
                with(fields(section("#### ICE server object")).keySet()));
        assertEquals(
                components(ErrorInfo.class),
                with(fields(section("#### Error object")).keySet()));
    }

    @Test
    void everyExampleIsUnderstoodAndEveryMessageHasOne() throws ProtocolException {
        Matcher example = Pattern.compile("(?s)```json\n(.*?)\n```").matcher(section("### From client to server"));
        Set<String> types = new TreeSet<>();
        while (example.find()) {
            codec.decode(example.group(1));
            types.add(mapper.readTree(example.group(1)).get("type").stringValue());
        }
        assertEquals(messages("### From client to server").keySet(), types);
    }

    @Test
    void everyErrorAndFarewellIsThere() {
        String errors = section("### Errors");
        for (Refusal.Code code : Refusal.Code.values()) {
            assertTrue(
                    errors.contains("| `" + code.text() + "` | " + code.httpStatus() + " |"),
                    () -> code.text() + " or its status is not in the table");
        }
        for (String code : List.of("malformed", "too-long", "unknown-type", "missing-field")) {
            assertTrue(errors.contains("| `" + code + "` |"), code);
        }
        String closed = section("#### `closed`");
        for (Farewell farewell : Farewell.values()) {
            assertTrue(closed.contains("`" + farewell.text() + "`"), farewell.text());
        }
        String media = section("#### `media`");
        for (SpaceEvent.MediaState state : SpaceEvent.MediaState.values()) {
            assertTrue(media.contains("`" + state.text() + "`"), state.text());
        }
        String video = section("#### `video`");
        for (SpaceEvent.VideoState state : SpaceEvent.VideoState.values()) {
            assertTrue(video.contains("`" + state.text() + "`"), state.text());
        }
    }

    @Test
    void linksInsideTheDocumentLeadSomewhere() {
        Set<String> anchors = new TreeSet<>();
        Pattern.compile("(?m)^#+ (.*)$")
                .matcher(document)
                .results()
                .forEach(heading -> anchors.add(heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\w\\- ]", "")
                        .replace(' ', '-')));
        List<String> dangling = new ArrayList<>();
        Pattern.compile("\\]\\(#([^)]*)\\)").matcher(document).results().forEach(link -> {
            if (!anchors.contains(link.group(1))) {
                dangling.add(link.group(1));
            }
        });
        assertEquals(List.of(), dangling);
    }

    private static Set<String> with(Iterable<String> names, String... more) {
        Set<String> all = new TreeSet<>(List.of(more));
        names.forEach(all::add);
        return all;
    }
}
