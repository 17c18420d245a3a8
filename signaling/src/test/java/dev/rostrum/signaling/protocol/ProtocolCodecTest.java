package dev.rostrum.signaling.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.signaling.model.Command;
import dev.rostrum.signaling.model.Media.Source;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.protocol.ClientMessage.Join;
import dev.rostrum.signaling.protocol.ClientMessage.Request;
import dev.rostrum.signaling.protocol.ClientMessage.RestartIce;
import dev.rostrum.signaling.protocol.ServerMessage.ErrorInfo;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ProtocolCodecTest {

    private final ProtocolCodec codec = new ProtocolCodec();

    private ClientMessage decoded(String json) throws ProtocolException {
        return codec.decode(json.replace('\'', '"'));
    }

    private ProtocolException refused(String json) {
        return assertThrows(ProtocolException.class, () -> decoded(json));
    }

    @Test
    void aJoinIsRead() throws ProtocolException {
        assertEquals(
                new Join("t", "r", "Ada \u00e9", "v=0\r\n", "k"),
                decoded("{'type':'join','token':'t','resume':'r','name':'Ada \\u00e9','offer':'v=0\\r"
                        + "\\n"
                        + "','ticket':'k'}"));
        assertEquals(new Join(null, null, null, null, null), decoded("{'type':'join','token':null}"));
    }

    @Test
    void everyCommandIsRead() throws ProtocolException {
        assertEquals(new Request(1, new Command.RaiseHand()), decoded("{'type':'raiseHand','id':1}"));
        assertEquals(new Request(0, new Command.LowerHand(null)), decoded("{'type':'lowerHand','id':0}"));
        assertEquals(
                new Request(2, new Command.LowerHand("p_1")),
                decoded("{'type':'lowerHand','id':2,'participant':'p_1'}"));
        assertEquals(
                new Request(2, new Command.Promote("p_1", Role.SPEAKER)),
                decoded("{'type':'promote','id':2,'participant':'p_1'}"));
        assertEquals(
                new Request(2, new Command.Promote("p_1", Role.HOST)),
                decoded("{'type':'promote','id':2,'participant':'p_1','role':'host'}"));
        assertEquals(
                new Request(2, new Command.Demote("p_1", Role.LISTENER)),
                decoded("{'type':'demote','id':2,'participant':'p_1'}"));
        assertEquals(
                new Request(2, new Command.Demote("p_1", Role.SPEAKER)),
                decoded("{'type':'demote','id':2,'participant':'p_1','role':'speaker'}"));
        assertEquals(
                new Request(2, new Command.Mute(null, Source.SCREEN)),
                decoded("{'type':'mute','id':2,'source':'screen'}"));
        assertEquals(
                new Request(2, new Command.Unmute(Source.CAMERA)),
                decoded("{'type':'unmute','id':2,'source':'camera'}"));
        assertEquals(
                new Request(
                        2,
                        new Command.SetSlots(
                                null,
                                List.of(
                                        new Command.SlotWish("7", "p_1", Source.SCREEN, 720, true),
                                        new Command.SlotWish("8", null, Source.CAMERA, 0, false)))),
                decoded("{'type':'setSlots','id':2,'video':[{'mid':'7','participant':'p_1','source':'screen',"
                        + "'height':720,'pinned':true},{'mid':'8'}]}"));
        assertEquals(new Request(2, new Command.Mute(null)), decoded("{'type':'mute','id':2}"));
        assertEquals(new Request(2, new Command.Mute("p_1")), decoded("{'type':'mute','id':2,'participant':'p_1'}"));
        assertEquals(new Request(2, new Command.Unmute()), decoded("{'type':'unmute','id':2}"));
        assertEquals(
                new Request(2, new Command.Remove("p_1", true, false)),
                decoded("{'type':'remove','id':2,'participant':'p_1'}"));
        assertEquals(
                new Request(2, new Command.Remove("p_1", false, true)),
                decoded("{'type':'remove','id':2,'participant':'p_1','ban':false,'banAddress':true}"));
        assertEquals(new Request(2, new Command.SetName("Ada")), decoded("{'type':'setName','id':2,'name':'Ada'}"));
        assertEquals(new Request(2, new Command.SetSlots(1, null)), decoded("{'type':'setSlots','id':2,'audio':1}"));
        assertEquals(new RestartIce(2, "v=0"), decoded("{'type':'restartIce','id':2,'offer':'v=0'}"));
        assertEquals(new Request(2, new Command.Leave()), decoded("{'type':'leave','id':2}"));
        assertEquals(
                new Request(9007199254740991L, new Command.End()), decoded("{'type':'end','id':9007199254740991}"));
    }

    @Test
    void fieldsThatNobodyKnowsArePassedOver() throws ProtocolException {
        assertEquals(
                new Request(1, new Command.Unmute()),
                decoded("{'colour':{'a':[1,2,{'b':null}]},'type':'unmute','id':1,'participant':7}"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {'id':1}                                                  | missing-field | type        | 1
        {'type':7,'id':1}                                         | invalid-field | type        | 1
        {'type':'dance','id':1}                                   | unknown-type  | type        | 1
        {'type':'joined','id':1}                                  | unknown-type  | type        | 1
        {'type':'unmute'}                                         | missing-field | id          |
        {'type':'dance'}                                          | missing-field | id          |
        {'type':'unmute','id':null}                               | missing-field | id          |
        {'type':'unmute','id':'1'}                                | invalid-field | id          |
        {'type':'unmute','id':-1}                                 | invalid-field | id          |
        {'type':'unmute','id':1.5}                                | invalid-field | id          |
        {'type':'unmute','id':9007199254740992}                   | invalid-field | id          |
        {'type':'unmute','id':99999999999999999999999}            | invalid-field | id          |
        {'type':'promote','id':3}                                 | missing-field | participant | 3
        {'type':'promote','id':3,'participant':4}                 | invalid-field | participant | 3
        {'type':'promote','id':3,'participant':'p','role':'king'} | invalid-field | role        | 3
        {'type':'promote','id':3,'participant':'p','role':1}      | invalid-field | role        | 3
        {'type':'remove','id':3,'participant':'p','ban':'yes'}    | invalid-field | ban         | 3
        {'type':'remove','id':3,'participant':'p','banAddress':1} | invalid-field | banAddress  | 3
        {'type':'mute','id':3,'participant':['p']}                | invalid-field | participant | 3
        {'type':'setName','id':3}                                 | missing-field | name        | 3
        {'type':'setSlots','id':3}                                | missing-field | audio       | 3
        {'type':'setSlots','id':3,'audio':-1}                     | invalid-field | audio       | 3
        {'type':'setSlots','id':3,'audio':65}                     | invalid-field | audio       | 3
        {'type':'setSlots','id':3,'audio':1.5}                    | invalid-field | audio       | 3
        {'type':'setSlots','id':3,'audio':4294967296}             | invalid-field | audio       | 3
        {'type':'restartIce','id':3}                              | missing-field | offer       | 3
        {'type':'join','offer':{}}                                | invalid-field | offer       |
        {'type':'join','token':false}                             | invalid-field | token       |
        """)
    void anErrorNamesTheFieldAndTheCommand(String json, String code, String field, Long id) {
        ProtocolException refused = refused(json);
        assertEquals(code, refused.error().code());
        assertEquals(field, refused.error().field());
        assertEquals(id, refused.id());
        assertTrue(refused.error().message().endsWith("."), refused.error().message());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "null",
                "7",
                "[]",
                "'join'",
                "{",
                "{'type':'join'}{}",
                "{'type':'join','type':'leave'}",
                "{'type':'join','x':01}",
                "{type:'join'}",
                "{'type':'join'} garbage"
            })
    void whatIsNoObjectIsMalformed(String json) {
        ProtocolException refused = refused(json);
        assertEquals("malformed", refused.error().code());
        assertNull(refused.id());
    }

    @Test
    void depthAndLengthAreBounded() throws ProtocolException {
        assertEquals(
                "malformed",
                refused("{'type':'join','x':" + "[".repeat(100_000)).error().code());
        assertEquals(
                "too-long",
                refused("{'type':'join','x':'" + "y".repeat(200_000) + "'}")
                        .error()
                        .code());
        assertEquals(
                "offer",
                refused("{'type':'join','offer':'" + "y".repeat(132_000) + "'}")
                        .error()
                        .field());
        assertEquals(
                "participant",
                refused("{'type':'mute','id':1,'participant':'" + "y".repeat(1000) + "'}")
                        .error()
                        .field());
        String longest = "a=x\\r\\n".repeat(131_072 / 5);
        assertEquals(131_070, assertJoin(decoded("{'type':'join','offer':'" + longest + "'}")));
        assertEquals(
                "malformed",
                refused("{'type':'unmute','id':" + "9".repeat(1000) + "}")
                        .error()
                        .code());
    }

    private static int assertJoin(ClientMessage message) {
        String offer = ((Join) message).offer();
        return offer == null ? -1 : offer.length();
    }

    @Test
    void aLongUnknownTypeIsNotRepeatedInFull() {
        assertTrue(refused("{'type':'" + "z".repeat(64) + "','id':1}")
                        .error()
                        .message()
                        .length()
                < 100);
    }

    @Test
    void aRefusalBecomesAnError() {
        ErrorInfo error = ErrorInfo.of(new Refusal(Refusal.Code.STAGE_FULL, "Full.", "role"));
        assertEquals(
                "{\"type\":\"error\",\"id\":7,\"error\":{\"code\":\"stage-full\",\"message\":\"Full.\",\"field\":\"role\"}}",
                codec.encode(new ServerMessage.Failure(7L, error)));
        assertEquals(
                "{\"type\":\"error\",\"error\":{\"code\":\"a\",\"message\":\"b\"}}",
                codec.encode(new ServerMessage.Failure(null, new ErrorInfo("a", "b", null))));
    }

    @Test
    void secretsDontShowInLogs() throws ProtocolException {
        ClientMessage join = decoded("{'type':'join','token':'secret-1','resume':'secret-2','offer':'secret-3'}");
        assertFalse(join.toString().contains("secret"));
    }
}
