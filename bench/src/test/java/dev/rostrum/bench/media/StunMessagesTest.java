package dev.rostrum.bench.media;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.ice.StunCodec;
import dev.rostrum.sfu.ice.StunResult;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The generator's STUN against the server's, which was written apart from it. */
class StunMessagesTest {

    private static final SplittableRandom RANDOM = new SplittableRandom(5);
    private static final IceCredentials OURS = IceCredentials.random(RANDOM);
    private static final IceCredentials THEIRS = IceCredentials.random(RANDOM);
    private static final StunMessages MESSAGES = new StunMessages(OURS, THEIRS);

    @Test
    void theServerFindsAChecksPartsWhereTheyBelong() {
        byte[] check = MESSAGES.check(0x1122334455667788L, 99);
        StunResult result = StunCodec.decode(ByteBuffer.wrap(check), 0, check.length, THEIRS);
        assertTrue(result instanceof StunResult.BindingRequest, result::toString);
        if (result instanceof StunResult.BindingRequest request) {
            assertTrue(request.useCandidate());
            assertEquals(StunResult.Role.CONTROLLING, request.role());
            assertEquals(99, request.tieBreaker());
        }
        assertEquals(0x1122334455667788L, StunMessages.transaction(ByteBuffer.wrap(check), 0));
    }

    @Test
    void onlyWhoKnowsThePasswordIsBelieved() {
        StunMessages server = new StunMessages(THEIRS, OURS);
        InetSocketAddress from = new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 4000);
        ByteBuffer check = ByteBuffer.wrap(MESSAGES.check(1, 2));
        assertTrue(server.authenticRequest(check, 0, check.capacity()));
        ByteBuffer answer = ByteBuffer.wrap(server.success(check, 0, from));
        assertEquals(StunMessages.BINDING_SUCCESS, StunMessages.type(answer, 0, answer.capacity()));
        assertEquals(1, StunMessages.transaction(answer, 0));
        assertTrue(MESSAGES.authenticResponse(answer, 0, answer.capacity()));
        answer.put(30, (byte) (answer.get(30) ^ 1));
        assertFalse(MESSAGES.authenticResponse(answer, 0, answer.capacity()));
    }
}
