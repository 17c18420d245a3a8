package dev.rostrum.sfu.ice;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.udp.PeerAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class IceLiteAgentTest {

    private static final long MS = 1_000_000;
    private static final long SECOND = 1000 * MS;
    private static final long START = Long.MAX_VALUE - 60 * SECOND; // the clock overflows in mid-test

    private static final IceCredentials LOCAL = new IceCredentials("local", "passwordpasswordpassword");
    private static final IceCredentials SECOND_LOCAL = new IceCredentials("local2", "anotherpasswordanotherpass");
    private static final IceCredentials THIRD_LOCAL = new IceCredentials("local3", "yetanotherpasswordofourown");

    private static final long HIGH = 0x7effffffL;
    private static final long LOW = 0x6effffffL;

    private static final PeerAddress A = address(1);
    private static final PeerAddress B = address(2);
    private static final PeerAddress C = address(3);

    private static PeerAddress address(int last) {
        return new PeerAddress(0, 0xffff_c000_0200L | last, 40000 + last, 0);
    }

    /** Writes down what the agent says; responses apart from the rest. */
    private static final class Log implements IceLiteAgent.Sink {
        final List<String> events = new ArrayList<>();
        final List<StunRefusal> refusals = new ArrayList<>();
        final List<byte[]> responses = new ArrayList<>();
        final List<PeerAddress> answered = new ArrayList<>();
        final List<PeerAddress> checked = new ArrayList<>();
        final Set<PeerAddress> valid = new HashSet<>();

        @Override
        public void onSend(byte[] response, PeerAddress to) {
            responses.add(response);
            answered.add(to);
        }

        @Override
        public void onValidated(PeerAddress tuple) {
            checked.add(tuple);
            if (valid.add(tuple)) {
                events.add("validated " + name(tuple));
            }
        }

        @Override
        public void onInvalidated(PeerAddress tuple) {
            valid.remove(tuple);
            events.add("invalidated " + name(tuple));
        }

        @Override
        public void onSelected(PeerAddress tuple) {
            events.add("selected " + name(tuple));
        }

        @Override
        public void onUfragRetired(String ufrag) {
            events.add("retired " + ufrag);
        }

        @Override
        public void onConsentExpired() {
            events.add("expired");
        }

        @Override
        public void onNeverConnected() {
            events.add("never connected");
        }

        @Override
        public void onRefused(StunRefusal reason) {
            refusals.add(reason);
        }

        private static String name(PeerAddress tuple) {
            return String.valueOf((char) ('A' - 1 + (tuple.lo() & 0xff)));
        }

        List<String> take() {
            List<String> taken = List.copyOf(events);
            events.clear();
            return taken;
        }
    }

    private final Random random = new Random(7);
    private final Log log = new Log();
    private final IceLiteAgent agent = new IceLiteAgent(LOCAL, log, START);
    private long nowNs = START;

    private void datagram(byte[] message, PeerAddress from) {
        agent.onDatagram(ByteBuffer.wrap(message), 0, message.length, from, nowNs);
    }

    private byte[] check(PeerAddress from, IceCredentials local, long priority, boolean useCandidate) {
        byte[] message = StunClient.check(StunClient.transactionId(random), local, priority, useCandidate);
        datagram(message, from);
        return message;
    }

    private byte[] check(PeerAddress from) {
        return check(from, LOCAL, HIGH, false);
    }

    private byte[] nominate(PeerAddress from) {
        return check(from, LOCAL, HIGH, true);
    }

    /** Time goes by, with the deadlines that fall into it. */
    private void pass(long durationNs) {
        long untilNs = nowNs + durationNs;
        while (agent.deadlineNs() != Long.MAX_VALUE && agent.deadlineNs() - untilNs <= 0) {
            nowNs = agent.deadlineNs();
            agent.onDeadline(nowNs);
        }
        nowNs = untilNs;
    }

    private void assertEvents(String... events) {
        assertEquals(List.of(events), log.take());
    }

    // Answers

    @Test
    void aCheckIsAnsweredAndValidatesItsTuple() throws Exception {
        assertNull(agent.selected());
        assertFalse(agent.isValidated(A));
        byte[] check = check(A);
        byte[] response = log.responses.getFirst();
        assertEquals(0x0101, StunClient.type(response));
        assertArrayEquals(StunClient.transactionIdOf(check), StunClient.transactionIdOf(response));
        assertEquals(A.toSocketAddress(), StunClient.mapped(response));
        assertTrue(StunClient.isAuthentic(response, LOCAL.pwd()));
        assertEquals(List.of(A), log.answered);
        assertEvents("validated A", "selected A");
        assertEquals(A, agent.selected());
        assertFalse(agent.isNominated());
        assertEquals(List.of(A), agent.validated());
        assertTrue(agent.isValidated(A.hi(), A.lo(), A.port(), A.localIndex()));
        assertFalse(agent.isValidated(A.hi(), A.lo(), A.port(), 1));
        assertFalse(agent.isValidated(A.hi(), A.lo(), A.port() + 1, 0));
        assertFalse(agent.isValidated(A.hi(), A.lo() + 1, A.port(), 0));
        assertFalse(agent.isValidated(A.hi() + 1, A.lo(), A.port(), 0));
    }

    @Test
    void whatIsNotAuthenticIsNotAnswered() {
        check(A, new IceCredentials(LOCAL.ufrag(), "wrong password"), HIGH, true);
        check(A, new IceCredentials("stranger", LOCAL.pwd()), HIGH, true);
        datagram(new byte[20], A);
        datagram(new byte[0], A);
        assertEquals(
                List.of(
                        StunRefusal.WRONG_MESSAGE_INTEGRITY,
                        StunRefusal.UNKNOWN_UFRAG,
                        StunRefusal.NOT_A_BINDING_REQUEST,
                        StunRefusal.NOT_A_BINDING_REQUEST),
                log.refusals);
        assertTrue(log.responses.isEmpty());
        assertEvents();
        assertNull(agent.selected());
    }

    @Test
    void aPeerThatTakesItselfForControlledIsToldOtherwise() {
        byte[] request = StunClient.request(StunClient.transactionId(random))
                .username("local:peer")
                .priority(HIGH)
                .attribute(StunClient.CONTROLLED, -1, -1, -1, -1, -1, -1, -1, -1)
                .seal(LOCAL.pwd());
        datagram(request, A);
        assertEquals(487, StunClient.errorCode(log.responses.getFirst()));
        assertTrue(StunClient.isAuthentic(log.responses.getFirst(), LOCAL.pwd()));
        assertEquals(List.of(StunRefusal.ROLE_CONFLICT), log.refusals);
        assertEvents();
        assertFalse(agent.isValidated(A));
    }

    @Test
    void anUnknownRequiredAttributeGetsItsErrorAndValidatesNothing() {
        byte[] request = StunClient.request(StunClient.transactionId(random))
                .username("local:peer")
                .priority(HIGH)
                .attribute(0x7777)
                .seal(LOCAL.pwd());
        datagram(request, A);
        assertEquals(420, StunClient.errorCode(log.responses.getFirst()));
        assertEquals(List.of(StunRefusal.UNKNOWN_ATTRIBUTES), log.refusals);
        assertFalse(agent.isValidated(A));
    }

    @Test
    void wrongPasswordsFromNewAddressesAreLimitedPerSecond() {
        nominate(A);
        IceCredentials wrong = new IceCredentials(LOCAL.ufrag(), "wrong password");
        for (int i = 0; i < IceLiteAgent.MAX_FAILURES_PER_SECOND; i++) {
            check(B, wrong, HIGH, false);
        }
        check(B);
        assertEquals(StunRefusal.RATE_LIMITED, log.refusals.getLast());
        assertFalse(agent.isValidated(B));
        log.responses.clear();
        check(A); // who is known is heard
        assertEquals(1, log.responses.size());
        pass(SECOND);
        check(B);
        assertTrue(agent.isValidated(B));
    }

    // Selection

    @Test
    void beforeANominationTheNewestTupleIsSelected() {
        check(A);
        check(B);
        assertEvents("validated A", "selected A", "validated B", "selected B");
        check(A);
        check(B);
        check(A);
        assertEvents(); // checks in parallel do not flap
        assertEquals(B, agent.selected());
    }

    @Test
    void aNominationSelectsWhateverCameLast() {
        check(A);
        check(B);
        log.take();
        nominate(A);
        assertEvents("selected A");
        assertTrue(agent.isNominated());
        check(C);
        assertEvents("validated C"); // no longer is the newest selected
        nominate(B); // Chrome changes its mind
        assertEvents("selected B");
        nominate(A);
        assertEvents("selected A");
        nominate(A);
        assertEvents();
    }

    @Test
    void chromeAfterANewBindingIsFollowedAtItsFirstCheck() {
        check(A);
        nominate(A);
        pass(2500 * MS);
        nominate(A);
        log.take();
        pass(100 * MS); // not long silent at all
        nominate(B); // the same connection, as Chrome sees it, of the same priority
        assertEvents("validated B", "selected B");
    }

    @Test
    void firefoxNominatesAllItsPairsAndTheHighestPriorityCounts() {
        check(A, LOCAL, HIGH, true);
        pass(20 * MS);
        check(B, LOCAL, LOW, true);
        assertEvents("validated A", "selected A", "validated B");
        pass(20 * MS);
        check(C, LOCAL, HIGH + 1, true);
        assertEvents("validated C", "selected C");
    }

    @Test
    void aClientThatHasNominatedByChoiceIsObeyedWhateverThePriority() {
        check(A);
        nominate(A);
        log.take();
        check(B, LOCAL, LOW, true); // Chrome changes to its other network, just as that gets a new binding
        assertEvents("validated B", "selected B");
    }

    @Test
    void aLowerPriorityThatIsNominatedOnceTheHigherIsSilentCounts() {
        check(A, LOCAL, HIGH, true);
        pass(IceLiteAgent.REBINDING_NS);
        check(B, LOCAL, LOW, true);
        assertEvents("validated A", "selected A", "validated B", "selected B");
    }

    @Test
    void firefoxAfterANewBindingIsFollowedAtItsFirstCheckThoughItNominatesNoMore() {
        nominate(A);
        for (int i = 0; i < 4; i++) {
            pass(5 * SECOND);
            check(A);
        }
        log.take();
        pass(4 * SECOND);
        check(B);
        assertEvents("validated B", "selected B");
        pass(4 * SECOND);
        check(C);
        assertEvents("validated C", "selected C");
    }

    @Test
    void firefoxMayGetANewBindingBeforeItFirstAsksForConsent() {
        check(A, LOCAL, HIGH, true);
        pass(4 * SECOND);
        check(B);
        assertEvents("validated A", "selected A", "validated B", "selected B");
    }

    @Test
    void chromeMayTestAnotherNetworkWithoutChangingToIt() {
        check(A);
        nominate(A);
        nominate(A);
        log.take();
        pass(2500 * MS);
        check(B);
        assertEvents("validated B");
        assertEquals(A, agent.selected());
    }

    @Test
    void aClientThatChecksEveryTwoSecondsIsFollowedAtItsFirstCheckToo() {
        nominate(A);
        pass(2 * SECOND);
        check(A);
        pass(1700 * MS); // 2 s, with 0.3 s of jitter
        check(B);
        assertEquals(B, agent.selected());
    }

    @Test
    void aSecondInterfaceDoesNotTakeOverWhileTheFirstIsChecked() {
        nominate(A);
        pass(200 * MS);
        check(B); // still under way when A was nominated
        for (int i = 0; i < 20; i++) {
            pass(3 * SECOND);
            check(B);
            pass(3 * SECOND);
            check(A);
        }
        assertEvents("validated A", "selected A", "validated B");
    }

    @Test
    void aSecondInterfaceTakesOverWhenTheFirstFallsSilent() {
        nominate(A);
        check(B);
        for (int i = 0; i < 3; i++) {
            pass(5 * SECOND);
            check(A);
            check(B);
        }
        log.take();
        pass(5 * SECOND);
        check(B);
        assertEvents();
        pass(2 * SECOND);
        check(B);
        assertEvents("selected B");
        pass(4 * SECOND);
        check(A); // back, but too late
        assertEvents();
    }

    @Test
    void theConsentChecksOfFirefoxCorrectAChoiceThatWasGuessedWrong() {
        check(B, LOCAL, LOW, true);
        pass(2 * SECOND); // A's first checks were lost
        check(A, LOCAL, HIGH, true);
        pass(20 * MS);
        nominate(B); // and one of B's, renewed, comes late
        log.take();
        pass(5 * SECOND);
        check(A);
        pass(5 * SECOND);
        check(A);
        assertEvents("selected A");
    }

    @Test
    void eachNewCheckSaysThatItsTupleIsValid() {
        byte[] first = nominate(A);
        check(B);
        check(A);
        datagram(first, A);
        assertEquals(List.of(A, B, A), log.checked);
    }

    @Test
    void aRepeatedRequestIsAnsweredAndChangesNothing() {
        byte[] early = nominate(A);
        pass(3 * SECOND);
        nominate(B);
        log.take();
        log.responses.clear();
        long consentNs = agent.lastConsentNs();
        pass(10 * SECOND);
        datagram(early, A);
        datagram(early, C);
        assertEquals(2, log.responses.size());
        assertEquals(StunClient.type(log.responses.getFirst()), 0x0101);
        assertEvents();
        assertFalse(agent.isValidated(C));
        assertEquals(consentNs, agent.lastConsentNs());
    }

    // Bounds

    @Test
    void theLeastRecentlyCheckedTupleIsForgottenButNeverTheSelected() {
        nominate(A);
        for (int i = 2; i <= IceLiteAgent.MAX_TUPLES; i++) {
            pass(MS);
            check(address(i));
        }
        pass(MS);
        check(B);
        log.take();
        check(address(9));
        assertEvents("invalidated C", "validated I");
        assertFalse(agent.isValidated(C));
        assertTrue(agent.isValidated(A));
        assertEquals(IceLiteAgent.MAX_TUPLES, agent.validated().size());
        for (int i = 10; i < 200; i++) {
            pass(MS);
            check(address(i));
            assertEquals(IceLiteAgent.MAX_TUPLES, agent.validated().size());
        }
        assertEquals(A, agent.selected());
        assertTrue(agent.isValidated(A));
    }

    // Consent

    @Test
    void consentExpiresThirtySecondsAfterTheLastCheck() {
        nominate(A);
        pass(20 * SECOND);
        check(A);
        assertEquals(nowNs, agent.lastConsentNs());
        log.take();
        pass(IceLiteAgent.CONSENT_NS - 1);
        assertEvents();
        assertEquals(A, agent.selected());
        pass(1);
        assertEvents("invalidated A", "expired");
        assertNull(agent.selected());
        assertFalse(agent.isValidated(A));
        assertEquals(Long.MAX_VALUE, agent.deadlineNs());
    }

    @Test
    void mediaKeepsTheSelectedTupleOfAClientThatChecksOnlyOnce() {
        nominate(A);
        log.take();
        for (int i = 0; i < 10; i++) {
            pass(20 * SECOND);
            agent.onMedia(nowNs);
        }
        assertEvents();
        assertEquals(A, agent.selected());
        pass(IceLiteAgent.CONSENT_NS - 1);
        assertEvents();
        pass(1);
        assertEvents("invalidated A", "expired");
    }

    @Test
    void mediaKeepsNoOtherTupleAndDoesNotStandInTheWayOfOneThatIsChecked() {
        nominate(A);
        check(B);
        log.take();
        for (int i = 0; i < 7; i++) {
            pass(5 * SECOND);
            agent.onMedia(nowNs);
        }
        assertEvents("invalidated B");
        check(B);
        assertEvents("validated B", "selected B");
    }

    @Test
    void afterConsentExpiredACheckSelectsAnew() {
        nominate(A);
        pass(31 * SECOND);
        log.take();
        check(B);
        assertEvents("validated B", "selected B");
        assertFalse(agent.isNominated());
        assertEquals(nowNs + IceLiteAgent.CONSENT_NS, agent.deadlineNs());
        pass(31 * SECOND);
        assertEvents("invalidated B", "expired");
    }

    @Test
    void aTupleThatIsNotCheckedAnyMoreIsForgottenAlone() {
        nominate(A);
        check(B);
        for (int i = 0; i < 6; i++) {
            pass(5 * SECOND);
            check(A);
        }
        assertEvents("validated A", "selected A", "validated B", "invalidated B");
    }

    @Test
    void whenTheSelectedTupleExpiresTheFreshestOtherTakesOver() {
        nominate(A);
        check(B);
        check(C);
        pass(6 * SECOND);
        check(B);
        pass(500 * MS);
        check(C);
        log.take();
        pass(24 * SECOND);
        assertEvents("invalidated A", "selected C");
    }

    @Test
    void whoNeverConnectsIsReportedOnce() {
        assertEquals(START + IceLiteAgent.CONNECT_NS, agent.deadlineNs());
        agent.onDeadline(START + IceLiteAgent.CONNECT_NS - 1);
        check(A, new IceCredentials(LOCAL.ufrag(), "wrong password"), HIGH, true);
        assertEvents();
        pass(40 * SECOND);
        assertEvents("never connected");
        assertEquals(Long.MAX_VALUE, agent.deadlineNs());
    }

    @Test
    void whoConnectsInTimeIsNotReported() {
        pass(IceLiteAgent.CONNECT_NS - 1);
        check(A);
        pass(10 * SECOND);
        assertEvents("validated A", "selected A");
    }

    // Restart

    @Test
    void aRestartKeepsTheOldCredentialsUntilTheNewOnesNominate() {
        nominate(A);
        assertEquals(List.of("local"), agent.ufrags());
        agent.restart(SECOND_LOCAL);
        assertEquals(List.of("local", "local2"), agent.ufrags());
        log.take();
        check(A);
        check(B, SECOND_LOCAL, HIGH, false);
        assertTrue(StunClient.isAuthentic(log.responses.getLast(), SECOND_LOCAL.pwd()));
        nominate(A);
        assertEvents("validated B");
        assertEquals(A, agent.selected());
        check(B, SECOND_LOCAL, HIGH, true);
        assertEvents("selected B", "retired local");
        assertEquals(List.of("local2"), agent.ufrags());
        log.refusals.clear();
        nominate(A);
        assertEquals(List.of(StunRefusal.UNKNOWN_UFRAG), log.refusals);
        assertEquals(B, agent.selected());
        assertTrue(agent.isValidated(A)); // what is under way still arrives
    }

    @Test
    void aRestartOnTheSameTupleNominatesToo() {
        nominate(A);
        agent.restart(SECOND_LOCAL);
        log.take();
        check(A, SECOND_LOCAL, LOW, true);
        assertEvents("retired local");
    }

    @Test
    void aRestartBeatsTheOldPriority() {
        check(A, LOCAL, HIGH, true);
        agent.restart(SECOND_LOCAL);
        check(B, SECOND_LOCAL, LOW, true);
        assertEquals(B, agent.selected());
    }

    @Test
    void aRestartThatNobodyUsedIsReplaced() {
        nominate(A);
        agent.restart(SECOND_LOCAL);
        agent.restart(THIRD_LOCAL);
        assertEquals("retired local2", log.take().getLast());
        assertEquals(List.of("local", "local3"), agent.ufrags());
        check(B, SECOND_LOCAL, HIGH, true);
        assertEquals(List.of(StunRefusal.UNKNOWN_UFRAG), log.refusals);
        check(B, THIRD_LOCAL, HIGH, true);
        assertEquals(List.of("local3"), agent.ufrags());
    }

    @Test
    void aRestartAfterConsentExpiredConnectsAgain() {
        nominate(A);
        pass(40 * SECOND);
        agent.restart(SECOND_LOCAL);
        log.take();
        check(B, SECOND_LOCAL, HIGH, true);
        assertEvents("validated B", "selected B", "retired local");
    }
}
