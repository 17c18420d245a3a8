package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Permission;
import dev.rostrum.signaling.model.SpaceEvent;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Who is told of events: the sessions of one space whose WebSocket is there.
 *
 * <p>Owned by the event loop of {@link Spaces}.
 */
final class Audience {

    /** The number of listeners is told at most so often, and in a big crowd less, so that it costs no more there. */
    private static final long COUNTS_EVERY_NS = 1_000_000_000L;

    private static final long COUNTS_EVERY_AT_MOST_NS = 10_000_000_000L;
    private static final long COUNTS_MESSAGES_PER_SECOND = 2_000;
    /** The first of many joins waits a little for the others. */
    private static final long COUNTS_GATHER_NS = 200_000_000L;

    private final Set<Session> sessions = new LinkedHashSet<>();
    private Session[] snapshot = {};
    private boolean snapshotStale;
    private boolean countsPlanned;
    private boolean countsEverSent;
    private long countsSentNs;

    void add(Session session) {
        snapshotStale |= sessions.add(session);
    }

    void remove(Session session) {
        snapshotStale |= sessions.remove(session);
    }

    /** Those who are here now; stays as it is while the audience changes. */
    Session[] sessions() {
        if (snapshotStale) {
            snapshot = sessions.toArray(new Session[0]);
            snapshotStale = false;
        }
        return snapshot;
    }

    void tell(SpaceEvent event) {
        for (Session session : sessions()) {
            session.connection().send(event);
        }
    }

    void tellOthers(Session except, SpaceEvent event) {
        for (Session session : sessions()) {
            if (session != except) {
                session.connection().send(event);
            }
        }
    }

    /** Tells those few who see hands; they are all on the stage. */
    static void tellModerators(Iterable<Member> stage, SpaceEvent event) {
        for (Member member : stage) {
            if (member.role.may(Permission.SEE_HANDS)) {
                tellOne(member, event);
            }
        }
    }

    static void tellOne(Member member, SpaceEvent event) {
        Session session = member.session;
        if (member.connected && session != null) {
            session.connection().send(event);
        }
    }

    /** Plans to tell the number of listeners soon. */
    void countsChanged(Space space, Agenda agenda, long nowNs) {
        if (countsPlanned) {
            return;
        }
        countsPlanned = true;
        long everyNs = Math.clamp(
                sessions.size() * 1_000_000_000L / COUNTS_MESSAGES_PER_SECOND,
                COUNTS_EVERY_NS,
                COUNTS_EVERY_AT_MOST_NS);
        long atNs = nowNs + COUNTS_GATHER_NS;
        if (countsEverSent && countsSentNs + everyNs - atNs > 0) {
            atNs = countsSentNs + everyNs;
        }
        agenda.at(atNs, dueNs -> {
            countsPlanned = false;
            countsEverSent = true;
            countsSentNs = dueNs;
            tell(new SpaceEvent.Counts(space.listeners()));
        });
    }

    /** Forgets everybody. */
    void clear() {
        sessions.clear();
        snapshotStale = true;
    }
}
