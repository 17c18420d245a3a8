package dev.rostrum.sfu.stream;

import java.util.Arrays;

/**
 * Gives the members of one numbering numbers in another, so that the other is continuous although some members are left
 * out on purpose: their numbers close up, while those of members that are merely missing stay open until they come.
 *
 * <p>Belongs to one slot; remembers as many members behind the newest as its window, so that late ones get the number
 * that was left open for them. Allocates nothing.
 */
final class Renumbering {

    /** It has its number already. */
    static final long DUPLICATE = -1;

    /** It is older than the first of the run. */
    static final long BEFORE_START = -2;

    /** It is older than what is remembered. */
    static final long TOO_OLD = -3;

    /** It was left out, and its number given to another. */
    static final long LEFT_OUT = -4;

    private static final int OPEN = 0;
    private static final int GIVEN = 1;
    private static final int CLOSED = 2;

    private final int mask;
    private final long[] members; // the state above the lower 32 bits of the number

    private boolean running;
    private long first;
    private long newest;
    private long newestNumber;

    /** Remembers {@code window} members, a power of two; numbers begin behind {@code lastNumber}. */
    Renumbering(int window, long lastNumber) {
        mask = window - 1;
        members = new long[window];
        newestNumber = lastNumber;
    }

    /** Begins a run: the member that comes next, whichever, gets the number behind the highest so far. */
    void restart() {
        running = false;
    }

    /** Whether a member is so far ahead of the newest that the ones between are no mere loss. */
    boolean isLeap(long member) {
        return running && member - newest > mask / 2;
    }

    /** The newest member of the run. */
    long newest() {
        return newest;
    }

    /** The highest number given, or left open, so far. */
    long newestNumber() {
        return newestNumber;
    }

    /** Whether a run has begun. */
    boolean running() {
        return running;
    }

    /**
     * Gives a member its number; those between the newest and a newer one, at most half a window, stay open.
     *
     * @return the number, or one of the constants
     */
    long give(long member) {
        if (!running) {
            begin(member);
        } else if (member <= newest) {
            return giveLate(member);
        } else {
            leaveOpen(member);
        }
        newest = member;
        newestNumber++;
        remember(member, GIVEN);
        return newestNumber;
    }

    /**
     * Leaves a member out.
     *
     * @return the number that was left open for it, which nobody else will get; else one of the constants
     */
    long leaveOut(long member) {
        if (!running) {
            return BEFORE_START;
        }
        if (member > newest) {
            leaveOpen(member);
            newest = member;
            remember(member, CLOSED);
            return LEFT_OUT;
        }
        return giveLate(member);
    }

    /** The number that a member has, without giving it one; or one of the constants. */
    long find(long member) {
        if (!running || member < first) {
            return BEFORE_START;
        }
        if (member > newest || newest - member > mask) {
            return TOO_OLD;
        }
        int at = (int) member & mask;
        return state(at) == CLOSED ? LEFT_OUT : number(at);
    }

    private void begin(long member) {
        running = true;
        first = member;
        Arrays.fill(members, (long) CLOSED << Integer.SIZE);
    }

    private long giveLate(long member) {
        if (member < first) {
            return BEFORE_START;
        }
        if (newest - member > mask) {
            return TOO_OLD;
        }
        int at = (int) member & mask;
        if (state(at) != OPEN) {
            return state(at) == GIVEN ? DUPLICATE : LEFT_OUT;
        }
        set(at, GIVEN, (int) members[at]);
        return number(at);
    }

    private void leaveOpen(long member) {
        for (long open = newest + 1; open < member; open++) {
            newestNumber++;
            remember(open, OPEN);
        }
    }

    private void remember(long member, int state) {
        set((int) member & mask, state, (int) newestNumber);
    }

    private void set(int at, int state, int number) {
        members[at] = (long) state << Integer.SIZE | Integer.toUnsignedLong(number);
    }

    private int state(int at) {
        return (int) (members[at] >> Integer.SIZE);
    }

    /** The number whose lower 32 bits are remembered: none is more than a window behind the newest. */
    private long number(int at) {
        return newestNumber + ((int) members[at] - (int) newestNumber);
    }
}
