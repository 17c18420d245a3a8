package dev.rostrum.sfu.routing;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Who gets a publication's packets on one shard, in a dense array that the fan-out walks over from its end: those who are
 * on the stage stand there, so that people who answer each other do not wait for a crowd.
 *
 * <p>Owned by one publication. Adding and removing take the same time for any number of members.
 *
 * @param <M> the members
 */
final class Audience<M extends Audience.Member> {

    /** Who gets packets. */
    interface Member {

        /** Whether it is to be served before the crowd; asked when it is added, and a change counts when it is added anew. */
        boolean goesFirst();

        /** It has another place from now on. */
        void movedTo(int place);
    }

    private static final int FIRST_CAPACITY = 8;

    private @Nullable Object[] members = {};
    private int count;
    private int first;

    int count() {
        return count;
    }

    @SuppressWarnings({"unchecked", "NullAway"}) // places below the count are filled, with members
    M get(int place) {
        return (M) members[place];
    }

    /** Adds a member and returns its place. */
    int add(M member) {
        if (count == members.length) {
            members = Arrays.copyOf(members, Math.max(FIRST_CAPACITY, 2 * count));
        }
        int place = count++;
        if (member.goesFirst()) {
            first++;
        } else if (first > 0) {
            int foremost = place - first;
            put(get(foremost), place);
            place = foremost;
        }
        members[place] = member;
        return place;
    }

    /** Takes the member at the place out; only members behind it move, to its place or nearer to it. */
    void remove(int place) {
        int hole = place;
        int lastOfCrowd = count - first - 1;
        if (place > lastOfCrowd) {
            first--;
        } else {
            put(get(lastOfCrowd), hole);
            hole = lastOfCrowd;
        }
        if (hole != --count) {
            put(get(count), hole);
        }
        members[count] = null;
        if (count == 0) {
            members = new Object[0];
        }
    }

    private void put(M member, int place) {
        members[place] = member;
        member.movedTo(place);
    }
}
