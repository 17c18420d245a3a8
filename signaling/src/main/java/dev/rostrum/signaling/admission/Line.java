package dev.rostrum.signaling.admission;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait, in the order in which they came; each with a ticket that keeps the place while its holder is away for
 * a moment.
 *
 * <p>Owned by the signaling loop.
 */
final class Line {

    private static final int TICKET_BYTES = 16;

    /** One who waits. */
    static final class Waiter {
        final String ticket;
        final String spaceId;
        final @Nullable String address;
        final boolean returning;

        /** Absent while they are away, with the ticket in their hand. */
        @Nullable
        Guest guest;

        /** Until when they must show the ticket; only while they are away. */
        long expiresNs;

        /** What was reserved for one who is away; then they are not in the line any more. */
        @Nullable
        Hold called;

        Place place = new Place(1, null, false);

        @Nullable
        Place told;

        Waiter(String ticket, String spaceId, @Nullable String address, boolean returning) {
            this.ticket = ticket;
            this.spaceId = spaceId;
            this.address = address;
            this.returning = returning;
        }
    }

    private final RandomGenerator random;
    private final Map<String, Waiter> returning = new LinkedHashMap<>();
    private final Map<String, Waiter> others = new LinkedHashMap<>();
    private final Map<String, Waiter> called = new LinkedHashMap<>();
    private final Map<String, Integer> perSpace = new HashMap<>();

    /** @param random of tickets: a {@link SecureRandom} in the server */
    Line(RandomGenerator random) {
        this.random = random;
    }

    /** How many wait, those apart who were called and are away. */
    int size() {
        return returning.size() + others.size();
    }

    int calledSize() {
        return called.size();
    }

    int sizeOf(String spaceId) {
        return perSpace.getOrDefault(spaceId, 0);
    }

    /** The end of the line, or for those who come back the end of theirs, which goes first. */
    Waiter join(String spaceId, @Nullable String address, boolean comesBack) {
        byte[] bytes = new byte[TICKET_BYTES];
        random.nextBytes(bytes);
        Waiter waiter =
                new Waiter(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes), spaceId, address, comesBack);
        (comesBack ? returning : others).put(waiter.ticket, waiter);
        perSpace.merge(spaceId, 1, Integer::sum);
        return waiter;
    }

    /** Whose ticket this is: one who waits, or who was called. */
    @Nullable
    Waiter of(String ticket) {
        Waiter waiter = called.get(ticket);
        if (waiter == null) {
            waiter = others.get(ticket);
        }
        return waiter == null ? returning.get(ticket) : waiter;
    }

    /** Takes somebody out. */
    void remove(Waiter waiter) {
        if (called.remove(waiter.ticket) == null
                && (waiter.returning ? returning : others).remove(waiter.ticket) != null) {
            left(waiter);
        }
    }

    private void left(Waiter waiter) {
        perSpace.computeIfPresent(waiter.spaceId, (_, count) -> count == 1 ? null : count - 1);
    }

    /** Keeps the ticket of one who was taken out of the line, has a place reserved and is away. */
    void keep(Waiter waiter) {
        called.put(waiter.ticket, waiter);
    }

    /** What is asked of each in turn. */
    enum Next {
        /** Next one, please. */
        PASS,
        /** This one leaves the line. */
        TAKE,
        /** Enough for now; this one stays. */
        STOP
    }

    /** Decides over one who waits. */
    interface Judge {
        Next judge(Waiter waiter);
    }

    /** Goes through the line from its head. The judge may not change the line. */
    void walk(Judge judge) {
        if (walk(returning, judge)) {
            walk(others, judge);
        }
    }

    private boolean walk(Map<String, Waiter> part, Judge judge) {
        for (Iterator<Waiter> all = part.values().iterator(); all.hasNext(); ) {
            Waiter waiter = all.next();
            switch (judge.judge(waiter)) {
                case PASS -> {}
                case TAKE -> {
                    all.remove();
                    left(waiter);
                }
                case STOP -> {
                    return false;
                }
            }
        }
        return true;
    }

    /** Takes out those who were called and did not come in time. */
    void expireCalled(long nowNs, java.util.function.Consumer<Waiter> expired) {
        called.values().removeIf(waiter -> {
            boolean late = waiter.expiresNs - nowNs <= 0;
            if (late) {
                expired.accept(waiter);
            }
            return late;
        });
    }
}
