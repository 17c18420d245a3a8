package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Participant;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.SpacesConfig;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who has a place in a space, and in which role: the only place where seats are counted.
 *
 * <p>Owned by the event loop of {@link Spaces}.
 */
final class Seats {

    private final SpacesConfig config;
    private final Map<String, Member> stage = new LinkedHashMap<>();
    private final Map<String, Member> hands = new LinkedHashMap<>();
    private int present;

    Seats(SpacesConfig config) {
        this.config = config;
    }

    /** Gives somebody who has none a place. */
    void enter(Member member) {
        member.present = true;
        present++;
        file(member);
    }

    /** Takes somebody's place away. */
    void leave(Member member) {
        member.present = false;
        present--;
        stage.remove(member.id);
        hands.remove(member.id);
    }

    /** Puts somebody where their role and hand belong, after these changed. */
    void file(Member member) {
        if (member.role.onStage()) {
            stage.put(member.id, member);
        } else {
            stage.remove(member.id);
        }
        if (member.hand()) {
            hands.putIfAbsent(member.id, member);
        } else {
            hands.remove(member.id);
        }
    }

    /** How many have this role on the stage, apart from those excepted. */
    int taken(Role role, @Nullable Member except) {
        int taken = 0;
        for (Member member : stage.values()) {
            if (member != except && member.role == role) {
                taken++;
            }
        }
        return taken;
    }

    boolean free(Role role, @Nullable Member except) {
        return role == Role.LISTENER || taken(role, except) < config.seats(role);
    }

    /** The highest role, at most the wanted one, in which there is a seat. */
    Role highestFree(Role wanted, @Nullable Member except) {
        Role role = wanted;
        while (!free(role, except)) {
            role = role.below();
        }
        return role;
    }

    /** Everybody on the stage, in the order in which they came. */
    Iterable<Member> stage() {
        return stage.values();
    }

    /** Everybody on the stage, highest role first. */
    List<Participant> stageView() {
        List<Participant> view = new ArrayList<>(stage.size());
        for (Member member : stage.values()) {
            view.add(member.view());
        }
        view.sort(Comparator.comparing(Participant::role));
        return view;
    }

    /** All raised hands, earliest first. */
    Iterable<Member> hands() {
        return hands.values();
    }

    int handCount() {
        return hands.size();
    }

    int listeners() {
        return present - stage.size();
    }

    int present() {
        return present;
    }
}
