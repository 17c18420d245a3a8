package dev.rostrum.sfu.ice;

import dev.rostrum.sfu.ice.StunResult.BindingRequest;
import dev.rostrum.sfu.ice.StunResult.Refused;
import dev.rostrum.sfu.ice.StunResult.Role;
import dev.rostrum.sfu.udp.PeerAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The lite side of ICE for one endpoint (RFC 8445 §2.5, §7.3): it answers connectivity checks, is always controlled,
 * never sends a check of its own, and says where to send.
 *
 * <p>Owned by the endpoint, on its shard. Without I/O and without a clock: datagrams and time come in, everything else
 * goes to the {@link Sink}, during the call.
 *
 * <h2>Where to send</h2>
 *
 * An address (with the local socket that it was seen on: a tuple) is <i>validated</i> by an authentic check from it;
 * up to {@value #MAX_TUPLES} are, and one that has had no check for 30 s is not any more, unless it is the selected one and
 * media still comes. One of them is <i>selected</i>:
 *
 * <ol>
 *   <li>A check with USE-CANDIDATE selects its tuple, every time: the latest wins. So Chrome changes networks: once its
 *       own choice has proved itself, every check on it nominates. There is one exception. Firefox nominates
 *       aggressively, on all its pairs at once, then takes the one of the highest priority and never says so. So as
 *       long as only first checks nominate, one does not displace a tuple of higher PRIORITY that was checked within
 *       the last 1.5 s under the same credentials (RFC 5245 §8.1.1.2).
 *   <li>Until the first nomination, a tuple is selected when it is validated for the first time: a guess, because a
 *       client may send DTLS before it nominates, that checks in parallel do not make flap.
 *   <li>Rebinding: a tuple that was first seen when the selected one had had no check for 1.5 s or more takes over,
 *       nominated or not. An old address falling silent and then a new one appearing is what a NAT's new binding looks
 *       like, and Firefox never nominates again. It checks every 4 to 6 s, so the very first check from the new address
 *       counts. A second interface, on the other hand, appears within a round trip of checks from the first, and so
 *       does not take over. Nor does anything that is not nominated from a tuple of which the latest two checks were:
 *       Chrome tests its other networks now and then, and will nominate when it changes.
 *   <li>Failover: any tuple that is still checked takes over when the selected one has had no check for 7 s, longer
 *       than RFC 7675 §5.1 lets consent checks be apart. So two interfaces that both go on being checked do not make the
 *       selection flap.
 * </ol>
 *
 * A request seen before (a retransmission, a duplicate, a replay, even from elsewhere) is answered and changes nothing.
 */
public final class IceLiteAgent {

    /** How many tuples are validated at most; of more, the least recently checked is forgotten, never the selected. */
    public static final int MAX_TUPLES = 8;

    private static final long SECOND_NS = 1_000_000_000L;

    /**
     * Without an authentic check or authentic media for this long, sending must stop.
     *
     * <p>RFC 7675 §5.1 counts answers to one's own checks only, but a lite agent has none to send. Media that passed SRTP
     * with its replay check says of its sender what a check says. Some clients send no checks while media flows: FFmpeg,
     * older Pion and webrtc-rs, libnice unless it is told to.
     */
    public static final long CONSENT_NS = 30 * SECOND_NS;

    /** How long the first authentic check may take. */
    public static final long CONNECT_NS = 30 * SECOND_NS;

    /** Longer than a round trip, in which parallel checks are under way; shorter than any client's pause. */
    static final long REBINDING_NS = SECOND_NS * 3 / 2;

    static final long FAILOVER_NS = 7 * SECOND_NS;

    /** Wrong MESSAGE-INTEGRITY per second, after which unknown addresses are ignored until the second is over. */
    static final int MAX_FAILURES_PER_SECOND = 100;

    private static final int REMEMBERED_REQUESTS = 16;

    /**
     * What the agent tells its owner, always from within a call of the agent's methods.
     *
     * <p>It may ask the agent things, but must not give it datagrams, deadlines or restarts from within.
     */
    public interface Sink {

        /** Send this STUN response. */
        void onSend(byte[] response, PeerAddress to);

        /**
         * Datagrams from this address belong to this endpoint from now on. Said at each new check, because another
         * endpoint's check, a forged one or one of a client behind the same NAT, may have taken the address in between.
         */
        void onValidated(PeerAddress tuple);

        /** Datagrams from this address no longer belong to this endpoint. */
        void onInvalidated(PeerAddress tuple);

        /** Send everything to this address from now on. It is validated. */
        void onSelected(PeerAddress tuple);

        /** The old credentials of a restart have ended; checks for this ufrag are none of this agent's any more. */
        void onUfragRetired(String ufrag);

        /** Nothing may be sent any more. A later authentic check selects anew, if the owner still wants it. */
        void onConsentExpired();

        /** {@link #CONNECT_NS} have passed without an authentic check. */
        void onNeverConnected();

        /** A datagram was no valid check; for the counters. */
        void onRefused(StunRefusal reason);
    }

    private static final class Tuple {
        final PeerAddress address;
        final long firstCheckNs;
        long lastCheckNs;
        long priority;
        int nominationsInRow;
        IceCredentials local;

        Tuple(PeerAddress address, BindingRequest check, IceCredentials local, long nowNs) {
            this.address = address;
            this.firstCheckNs = nowNs;
            this.lastCheckNs = nowNs;
            this.priority = check.priority();
            this.local = local;
        }
    }

    private final Sink sink;
    private final long connectDeadlineNs;
    private final List<Tuple> tuples = new ArrayList<>(2); // at most MAX_TUPLES, mostly one: a scan beats a table
    private final TransactionMemory seen = new TransactionMemory(REMEMBERED_REQUESTS);

    private IceCredentials current;
    private @Nullable IceCredentials restarted;
    private @Nullable Tuple selected;
    private boolean nominated;
    private boolean nominatesLater; // not aggressive: a tuple was nominated that had been validated before
    private boolean connecting = true;
    private long lastConsentNs;
    private long lastMediaNs;
    private long failureWindowNs;
    private int failures;

    /** An agent that answers for {@code local}, created at {@code nowNs}. */
    public IceLiteAgent(IceCredentials local, Sink sink, long nowNs) {
        this.current = local;
        this.sink = sink;
        this.connectDeadlineNs = nowNs + CONNECT_NS;
        this.lastConsentNs = nowNs;
        this.lastMediaNs = nowNs;
        this.failureWindowNs = nowNs;
    }

    /** The ufrags that this agent answers for: one, or two from a restart until its credentials nominate. */
    public List<String> ufrags() {
        return restarted == null ? List.of(current.ufrag()) : List.of(current.ufrag(), restarted.ufrag());
    }

    /**
     * Lets the peer restart ICE (RFC 8445 §9): new credentials beside the current ones, which hold until a check under
     * the new ones nominates. A restart that nobody has used yet is replaced.
     *
     * <p>The peer's credentials are not needed: a lite agent authenticates checks with its own password and sends none.
     */
    public void restart(IceCredentials local) {
        IceCredentials unused = restarted;
        restarted = local;
        if (unused != null) {
            sink.onUfragRetired(unused.ufrag());
        }
    }

    /** Where to send, or null before the first check and after consent has expired. */
    public @Nullable PeerAddress selected() {
        return selected == null ? null : selected.address;
    }

    /** Whether the peer has nominated a pair; until then {@link #selected} is a guess. */
    public boolean isNominated() {
        return nominated;
    }

    /** When the last new authentic check came, or the agent's creation if none has. */
    public long lastConsentNs() {
        return lastConsentNs;
    }

    /** Whether media is accepted from there. Allocates nothing. */
    public boolean isValidated(long hi, long lo, int port, int localIndex) {
        return find(hi, lo, port, localIndex) != null;
    }

    /** Whether media is accepted from there. */
    public boolean isValidated(PeerAddress from) {
        return isValidated(from.hi(), from.lo(), from.port(), from.localIndex());
    }

    /** All validated tuples, in no order; for an owner that takes its leave of them. */
    public List<PeerAddress> validated() {
        return tuples.stream().map(tuple -> tuple.address).toList();
    }

    private @Nullable Tuple find(long hi, long lo, int port, int localIndex) {
        for (int i = 0; i < tuples.size(); i++) {
            Tuple tuple = tuples.get(i);
            if (tuple.address.is(hi, lo, port, localIndex)) {
                return tuple;
            }
        }
        return null;
    }

    /** A datagram that looks like STUN; the buffer is only read, and only during the call. */
    public void onDatagram(ByteBuffer source, int offset, int lengthBytes, PeerAddress from, long nowNs) {
        Tuple tuple = find(from.hi(), from.lo(), from.port(), from.localIndex());
        if (tuple == null && isRateLimited(nowNs)) {
            sink.onRefused(StunRefusal.RATE_LIMITED);
            return;
        }
        // Both sets of credentials are looked at only while a restart is under way.
        IceCredentials local = current;
        if (restarted != null && restarted.ufrag().equals(StunCodec.localUfrag(source, offset, lengthBytes))) {
            local = restarted;
        }
        switch (StunCodec.decode(source, offset, lengthBytes, local)) {
            case BindingRequest check
            when check.role() == Role.CONTROLLED -> {
                // Whatever the tie-breakers say (RFC 8445 §7.3.1.1): a lite agent cannot control a full one.
                int[] none = new int[0];
                sink.onSend(StunCodec.errorResponse(check.transactionId(), StunError.ROLE_CONFLICT, none, local), from);
                sink.onRefused(StunRefusal.ROLE_CONFLICT);
            }
            case BindingRequest check -> {
                // The answer goes out first: a client may ignore what comes from a pair that it has not validated.
                sink.onSend(StunCodec.successResponse(check.transactionId(), from, local), from);
                if (seen.add(check.transactionId())) {
                    onCheck(check, tuple, from, local, nowNs);
                }
            }
            case Refused(StunRefusal reason, byte @Nullable [] response) -> {
                if (response != null) {
                    sink.onSend(response, from);
                }
                if (reason == StunRefusal.WRONG_MESSAGE_INTEGRITY) {
                    failures++;
                }
                sink.onRefused(reason);
            }
        }
    }

    /** Authentic media has come from a validated tuple: the selected one stays valid, even without checks. */
    public void onMedia(long nowNs) {
        lastMediaNs = nowNs;
    }

    private boolean isRateLimited(long nowNs) {
        if (nowNs - failureWindowNs >= SECOND_NS) {
            failureWindowNs = nowNs;
            failures = 0;
        }
        return failures >= MAX_FAILURES_PER_SECOND;
    }

    private void onCheck(
            BindingRequest check, @Nullable Tuple known, PeerAddress from, IceCredentials local, long nowNs) {
        connecting = false;
        lastConsentNs = nowNs;
        boolean isNew = known == null;
        Tuple tuple = known;
        if (tuple == null) {
            tuple = new Tuple(from, check, local, nowNs);
            makeRoom();
            tuples.add(tuple);
        }
        sink.onValidated(from);
        nominatesLater |= check.useCandidate() && !isNew;
        boolean takesOver = takesOver(tuple, isNew, check, local, nowNs);
        tuple.lastCheckNs = nowNs;
        tuple.priority = check.priority();
        tuple.nominationsInRow = check.useCandidate() ? tuple.nominationsInRow + 1 : 0;
        tuple.local = local;
        if (takesOver) {
            select(tuple);
        }
        if (check.useCandidate()) {
            nominated = true;
            if (local.equals(restarted)) {
                IceCredentials old = current;
                current = local;
                restarted = null;
                sink.onUfragRetired(old.ufrag());
            }
        }
    }

    private boolean takesOver(Tuple tuple, boolean isNew, BindingRequest check, IceCredentials local, long nowNs) {
        Tuple rival = selected;
        if (rival == null || rival == tuple) {
            return true;
        }
        long silentNs = nowNs - rival.lastCheckNs;
        if (check.useCandidate()) {
            boolean oneOfMany = isNew
                    && !nominatesLater
                    && rival.nominationsInRow > 0
                    && silentNs < REBINDING_NS
                    && check.priority() < rival.priority
                    && local.equals(rival.local);
            return !oneOfMany;
        }
        boolean rebound = rival.nominationsInRow < 2 && tuple.firstCheckNs - rival.lastCheckNs >= REBINDING_NS;
        return (isNew && !nominated) || rebound || silentNs >= FAILOVER_NS;
    }

    private void select(Tuple tuple) {
        if (selected != tuple) {
            selected = tuple;
            sink.onSelected(tuple.address);
        }
    }

    private void makeRoom() {
        if (tuples.size() < MAX_TUPLES) {
            return;
        }
        Tuple oldest = null;
        for (Tuple tuple : tuples) {
            if (tuple != selected && (oldest == null || tuple.lastCheckNs - oldest.lastCheckNs < 0)) {
                oldest = tuple;
            }
        }
        if (oldest != null) {
            invalidate(oldest);
        }
    }

    private void invalidate(Tuple tuple) {
        tuples.remove(tuple);
        sink.onInvalidated(tuple.address);
    }

    /** When a tuple ends, unless something comes until then. */
    private long expiryNs(Tuple tuple) {
        boolean carries = tuple == selected && lastMediaNs - tuple.lastCheckNs > 0;
        return (carries ? lastMediaNs : tuple.lastCheckNs) + CONSENT_NS;
    }

    /**
     * When {@link #onDeadline} has something to do, or {@link Long#MAX_VALUE}. Checks and media only move it later, except
     * the first check after consent has expired; so it is enough to ask after {@link #onDeadline} and after
     * {@link Sink#onSelected}.
     */
    public long deadlineNs() {
        if (connecting) {
            return connectDeadlineNs;
        }
        if (tuples.isEmpty()) {
            return Long.MAX_VALUE;
        }
        long deadlineNs = expiryNs(tuples.getFirst());
        for (Tuple tuple : tuples) {
            if (expiryNs(tuple) - deadlineNs < 0) {
                deadlineNs = expiryNs(tuple);
            }
        }
        return deadlineNs;
    }

    /** Lets time pass; too early a call does nothing. */
    public void onDeadline(long nowNs) {
        if (connecting) {
            if (nowNs - connectDeadlineNs >= 0) {
                connecting = false;
                sink.onNeverConnected();
            }
            return;
        }
        Tuple freshest = null;
        for (int i = tuples.size() - 1; i >= 0; i--) {
            Tuple tuple = tuples.get(i);
            if (nowNs - expiryNs(tuple) >= 0) {
                invalidate(tuple);
            } else if (freshest == null || tuple.lastCheckNs - freshest.lastCheckNs > 0) {
                freshest = tuple;
            }
        }
        if (selected == null || tuples.contains(selected)) {
            return;
        }
        if (freshest != null) {
            select(freshest);
        } else {
            selected = null;
            nominated = false;
            sink.onConsentExpired();
        }
    }
}
