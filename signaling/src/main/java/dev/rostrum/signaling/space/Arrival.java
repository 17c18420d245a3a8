package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.JoinRequest;
import dev.rostrum.signaling.model.JoinRequest.Door;
import dev.rostrum.signaling.model.Network;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.SpacesConfig;
import dev.rostrum.signaling.model.Standing;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The judgement of a join: who comes, as what, and under which name. A pure decision; it changes nothing.
 *
 * <p>Immutable; made on the event loop of {@link Spaces}.
 *
 * @param known who they are, if the space knows them
 * @param granted the role of their token, to be remembered
 * @param role the role that they get: the highest in which there is a seat, at most the one they would have
 * @param nameFixed whether the name comes from the token
 */
record Arrival(@Nullable Member known, Role granted, Role role, String name, boolean nameFixed) {

    static final int MAX_BANNED_ADDRESSES = 10_000;

    static Arrival judge(
            JoinRequest request, Identities identities, Seats seats, SpacesConfig config, Set<String> bannedAddresses)
            throws Refusal {
        Grant grant = request.grant();
        Member known = known(request, identities);
        if (known != null && known.banned) {
            throw Space.banned();
        }
        String sub = grant == null ? null : grant.sub();
        if (request.door() == Door.WHEP) {
            Member person = identities.person(sub);
            if (person != null && person.banned) {
                throw Space.banned();
            }
        }
        if (grant == null && known == null) {
            requireOpenDoor(request, config);
        }
        if (known == null && sub == null && isBanned(request.address(), bannedAddresses)) {
            throw Space.banned();
        }
        Role granted = granted(request, known);
        Role wanted = wanted(grant, granted, known);
        if (granted == Role.HOST && seats.free(Role.HOST, known)) {
            wanted = Role.HOST; // whoever holds the host's token takes a seat that nobody has
        }
        Role role = known != null && known.present && known.role == wanted ? wanted : seats.highestFree(wanted, known);
        if (request.door() == Door.WHIP && !role.onStage()) {
            throw wanted.onStage()
                    ? new Refusal(Refusal.Code.STAGE_FULL, "All seats on the stage are taken.")
                    : new Refusal(Refusal.Code.FORBIDDEN, "A listener can't publish.");
        }
        String vouched = Names.vouched(grant == null ? null : grant.name());
        boolean fixed = sub != null && vouched != null && !vouched.isEmpty();
        return new Arrival(known, granted, role, name(request, known, vouched, fixed), fixed);
    }

    /** What this arrival means for those who decide when it may happen. */
    Standing standing() {
        if (role.onStage()) {
            return Standing.STAGE;
        }
        // Whoever is connected without media has given their media's place away, or it was taken from them; and whoever
        // never had any has been let in by nobody.
        boolean keptPlace =
                known != null && known.present && (known.endpointId != null || (known.away && known.mediaPlaceKept));
        return keptPlace ? Standing.RETURNING : Standing.NEW;
    }

    /** By its network, or alone as earlier versions stored it. */
    private static boolean isBanned(@Nullable String address, Set<String> bannedAddresses) {
        String network = Network.of(address);
        return (network != null && bannedAddresses.contains(network))
                || (address != null && bannedAddresses.contains(address));
    }

    private static @Nullable Member known(JoinRequest request, Identities identities) {
        Grant grant = request.grant();
        String sub = grant == null ? null : grant.sub();
        if (request.door() == Door.WHEP) {
            return identities.player(sub);
        }
        if (sub != null) {
            return identities.person(sub);
        }
        return request.door() == Door.WEBSOCKET ? identities.resumed(request.resume()) : null;
    }

    private static void requireOpenDoor(JoinRequest request, SpacesConfig config) throws Refusal {
        if (request.door() == Door.WHIP) {
            throw new Refusal(Refusal.Code.UNAUTHORIZED, "Publishing needs a token.");
        }
        if (!config.anonymousListeners()) {
            throw new Refusal(
                    Refusal.Code.UNAUTHORIZED,
                    request.resume() == null
                            ? "This server lets nobody in without a token."
                            : "The resume token is not known here (any more), and there is no valid token beside it.");
        }
    }

    private static Role granted(JoinRequest request, @Nullable Member known) {
        Grant grant = request.grant();
        if (request.door() == Door.WHEP) {
            return Role.LISTENER;
        }
        if (known == null) {
            return grant == null ? Role.LISTENER : grant.role();
        }
        if (grant == null) {
            return known.granted;
        }
        // A person's token says what they are. An invitation beside a resume token only lifts.
        return grant.sub() != null || grant.role().above(known.granted) ? grant.role() : known.granted;
    }

    private static Role wanted(@Nullable Grant grant, Role granted, @Nullable Member known) {
        if (known == null) {
            return granted;
        }
        if (granted == known.granted) {
            return known.role; // the space's own promotions and demotions hold
        }
        return grant != null && grant.sub() == null && known.role.above(granted) ? known.role : granted;
    }

    private static String name(JoinRequest request, @Nullable Member known, @Nullable String vouched, boolean fixed)
            throws Refusal {
        if (fixed && vouched != null) {
            return vouched;
        }
        if (known != null && known.nameFixed) {
            return known.name;
        }
        String wish = request.name();
        if (wish != null) {
            String clean = Names.clean(wish, Names.MAX_NAME, "name");
            if (!clean.isEmpty()) {
                return clean;
            }
        }
        if (known != null && !known.name.isEmpty()) {
            return known.name;
        }
        return vouched == null ? "" : vouched;
    }
}
