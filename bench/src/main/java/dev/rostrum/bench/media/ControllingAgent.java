package dev.rostrum.bench.media;

import dev.rostrum.bench.media.IcePath.State;
import dev.rostrum.sfu.ice.IceCredentials;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A light controlling ICE agent with one local candidate, as a client of an ICE-lite server needs it: it checks the
 * server's candidates, nominates the first that answers, and keeps asking for consent (RFC 8445, RFC 7675). It tells its
 * owner when the path is lost the way browsers do: nothing received for a while, and checks unanswered.
 *
 * <p>Owned by its connection's loop; it asks nobody for the time.
 */
final class ControllingAgent {

    /** Where checks go and what becomes of them. */
    interface Sink {
        void send(byte[] message, InetSocketAddress to);

        void onState(State state, long nowNs);
    }

    private static final long FIRST_RETRY_NS = 100_000_000L;
    private static final long LAST_RETRY_NS = 1_600_000_000L;
    private static final long PATIENCE_NS = 15_000_000_000L;
    private static final long QUIET_NS = 2_500_000_000L;
    private static final long QUIET_CHECK_NS = 500_000_000L;
    private static final int REMEMBERED = 8;

    private final RandomGenerator random;
    private final Sink sink;
    private final long consentNs;
    private final long tieBreaker;
    private final long[] transactions = new long[REMEMBERED];
    private final InetSocketAddress[] destinations = new InetSocketAddress[REMEMBERED];
    private List<InetSocketAddress> candidates;
    private StunMessages messages;
    private @Nullable InetSocketAddress selected;
    private State state = State.CHECKING;
    private int sent;
    private long sinceNs;
    private long retryNs = FIRST_RETRY_NS;
    private long lastReceivedNs;
    private long unansweredSinceNs = -1;
    private long nextConsentNs;

    /** @param candidates of the server, best first; not empty */
    ControllingAgent(
            IceCredentials local,
            IceCredentials remote,
            List<InetSocketAddress> candidates,
            long consentNs,
            RandomGenerator random,
            Sink sink) {
        this.messages = new StunMessages(local, remote);
        this.candidates = List.copyOf(candidates);
        this.consentNs = consentNs;
        this.random = random;
        this.sink = sink;
        this.tieBreaker = random.nextLong();
    }

    State state() {
        return state;
    }

    /** Where media goes, once there is a path. */
    @Nullable
    InetSocketAddress selected() {
        return selected;
    }

    /** Anything else than an answer to a check has come from the server. */
    void onReceived(long nowNs) {
        lastReceivedNs = nowNs;
    }

    /** New credentials for both sides: the path stays until the new ones have found one. */
    void restart(IceCredentials local, IceCredentials remote, List<InetSocketAddress> newCandidates, long nowNs) {
        messages = new StunMessages(local, remote);
        candidates = List.copyOf(newCandidates);
        start(nowNs);
    }

    /** Sends the first checks. Returns when {@link #onDeadline} is due. */
    long start(long nowNs) {
        sinceNs = nowNs;
        retryNs = FIRST_RETRY_NS;
        state = selected == null ? State.CHECKING : state;
        candidates.forEach(this::check);
        unansweredSinceNs = nowNs;
        return nowNs + retryNs;
    }

    /** Checks the present path at once, from wherever the socket is now. */
    void checkNow(long nowNs) {
        if (selected != null) {
            check(selected);
            unansweredSinceNs = unansweredSinceNs < 0 ? nowNs : unansweredSinceNs;
        }
    }

    /** Returns when it is due again. */
    long onDeadline(long nowNs) {
        InetSocketAddress path = selected;
        if (path == null) {
            if (nowNs - sinceNs > PATIENCE_NS) {
                become(State.FAILED, nowNs);
                return Long.MAX_VALUE;
            }
            candidates.forEach(this::check);
            retryNs = Math.min(2 * retryNs, LAST_RETRY_NS);
            return nowNs + retryNs;
        }
        boolean quiet = nowNs - lastReceivedNs > QUIET_NS;
        if (quiet && unansweredSinceNs >= 0 && nowNs - unansweredSinceNs > QUIET_NS && state == State.CONNECTED) {
            become(State.DISCONNECTED, nowNs);
        }
        if (state == State.DISCONNECTED && nowNs - unansweredSinceNs > PATIENCE_NS) {
            become(State.FAILED, nowNs);
        }
        if (quiet || unansweredSinceNs >= 0) {
            check(path);
            unansweredSinceNs = unansweredSinceNs < 0 ? nowNs : unansweredSinceNs;
            return nowNs + QUIET_CHECK_NS;
        }
        if (nowNs >= nextConsentNs) {
            nextConsentNs = nowNs + (long) (consentNs * (0.8 + 0.4 * random.nextDouble()));
            check(path);
            unansweredSinceNs = nowNs;
            return nowNs + QUIET_CHECK_NS;
        }
        return Math.min(nextConsentNs, lastReceivedNs + QUIET_NS + 1);
    }

    /** Takes a STUN message. Returns the answer to a check of the other side's, or null. */
    byte @Nullable [] onStun(ByteBuffer source, int offset, int lengthBytes, InetSocketAddress from, long nowNs) {
        switch (StunMessages.type(source, offset, lengthBytes)) {
            case StunMessages.BINDING_REQUEST -> {
                if (messages.authenticRequest(source, offset, lengthBytes)) {
                    lastReceivedNs = nowNs;
                    return messages.success(source, offset, from);
                }
            }
            case StunMessages.BINDING_SUCCESS -> onSuccess(source, offset, lengthBytes, nowNs);
            default -> {} // errors are silence to us: the check is sent again
        }
        return null;
    }

    private void onSuccess(ByteBuffer source, int offset, int lengthBytes, long nowNs) {
        long transaction = StunMessages.transaction(source, offset);
        for (int i = 0; i < REMEMBERED; i++) {
            InetSocketAddress destination = destinations[i];
            if (destination != null
                    && transactions[i] == transaction
                    && messages.authenticResponse(source, offset, lengthBytes)) {
                destinations[i] = null;
                lastReceivedNs = nowNs;
                unansweredSinceNs = -1;
                if (selected == null) {
                    nextConsentNs = nowNs + (long) (consentNs * random.nextDouble());
                }
                selected = destination;
                become(State.CONNECTED, nowNs);
                return;
            }
        }
    }

    private void become(State next, long nowNs) {
        if (state != next) {
            state = next;
            sink.onState(next, nowNs);
        }
    }

    private void check(InetSocketAddress to) {
        long transaction = random.nextLong();
        int place = sent++ % REMEMBERED;
        transactions[place] = transaction;
        destinations[place] = to;
        sink.send(messages.check(transaction, tieBreaker), to);
    }
}
