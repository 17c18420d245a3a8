package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.JoinRequest;
import dev.rostrum.signaling.model.JoinRequest.Door;
import dev.rostrum.signaling.model.Media;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.SpaceStore.Change;
import dev.rostrum.signaling.model.SpaceStore.StoredIdentity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everybody whom a space knows: those who are there, those who may come back, and those who may not.
 *
 * <p>Owned by the event loop of {@link Spaces}.
 */
final class Identities {

    private final Space space;
    private final Spaces spaces;
    private final Map<String, Member> byId = new HashMap<>();
    private final Map<String, Member> bySub = new HashMap<>();
    private final Map<String, Member> byResumeHash = new HashMap<>();
    /** WHEP players of persons: a person has at most one, apart from their own session. */
    private final Map<String, Member> players = new HashMap<>();

    private final Map<Integer, Member> csrcs = new HashMap<>();
    /** Those who may come back, the longest gone first. */
    private final LinkedHashMap<String, Member> absent = new LinkedHashMap<>();

    /** Those who may not, the longest banned first. */
    private final LinkedHashMap<String, Member> banned = new LinkedHashMap<>();

    private boolean sweepPlanned;

    Identities(Space space, Spaces spaces) {
        this.space = space;
        this.spaces = spaces;
    }

    @Nullable
    Member byId(String id) {
        return byId.get(id);
    }

    @Nullable
    Member person(@Nullable String sub) {
        return sub == null ? null : bySub.get(sub);
    }

    @Nullable
    Member player(@Nullable String sub) {
        return sub == null ? null : players.get(sub);
    }

    @Nullable
    Member resumed(@Nullable String resume) {
        return resume == null ? null : byResumeHash.get(Ids.hash(resume));
    }

    Collection<Member> all() {
        return byId.values();
    }

    /** Somebody new. */
    Member make(JoinRequest request, Role granted) {
        Grant grant = request.grant();
        String sub = grant == null ? null : grant.sub();
        int csrc = newCsrc();
        boolean player = request.door() == Door.WHEP;
        Member member = new Member(space, spaces.ids().participant(), csrc, player ? null : sub, granted);
        byId.put(member.id, member);
        csrcs.put(csrc, member);
        if (sub != null) {
            (player ? players : bySub).put(sub, member);
            member.playerOf = player ? sub : null;
        }
        return member;
    }

    private int newCsrc() {
        int csrc = spaces.ids().csrc();
        while (csrcs.containsKey(csrc)) {
            csrc = spaces.ids().csrc();
        }
        return csrc;
    }

    /** Whose publication this is. */
    @Nullable
    Member byCsrc(int csrc) {
        return csrcs.get(csrc & ~Media.Source.BITS);
    }

    /** The token with which somebody can come back: the one that they brought, if it is theirs, else a new one. */
    String resumeFor(Member member, @Nullable String brought) {
        if (brought != null && Ids.hash(brought).equals(member.resumeHash)) {
            return brought;
        }
        String resume = spaces.ids().resume();
        forgetResume(member);
        String hash = Ids.hash(resume);
        member.resumeHash = hash;
        byResumeHash.put(hash, member);
        return resume;
    }

    /** Somebody who was away has a place again. */
    void present(Member member) {
        absent.remove(member.id);
    }

    /** Somebody has no place any more, but may come back, or may not: both is remembered. */
    void absent(Member member, long nowNs, List<Change> changes) {
        if (!member.rememberable()) {
            forget(member, changes);
            return;
        }
        member.absentSinceNs = nowNs;
        changes.add(new Change.PutIdentity(member.stored(spaces.now())));
        if (member.banned) {
            absent.remove(member.id);
            ban(member, changes);
            return;
        }
        member.remembered = true;
        absent.putLast(member.id, member);
        while (absent.size() > spaces.config().remembered()) {
            forget(absent.firstEntry().getValue(), changes);
        }
        planSweep();
    }

    /** Whoever may invite could invite and ban for ever, so bans are as many as those who may come back. */
    private void ban(Member member, List<Change> changes) {
        banned.putLast(member.id, member);
        while (banned.size() > spaces.config().remembered()) {
            forget(banned.firstEntry().getValue(), changes);
        }
    }

    /** Somebody left, or was put out: a person's demotion holds when they come back, a promotion doesn't. */
    void released(Member member, long nowNs, List<Change> changes) {
        if (member.granted.above(member.role) && member.sub != null) {
            absent(member, nowNs, changes);
        } else {
            forget(member, changes);
        }
    }

    void forget(Member member, List<Change> changes) {
        byId.remove(member.id);
        absent.remove(member.id);
        banned.remove(member.id);
        csrcs.remove(member.csrc);
        if (member.sub != null) {
            bySub.remove(member.sub);
        }
        if (member.playerOf != null) {
            players.remove(member.playerOf);
        }
        if (member.rememberable()) {
            changes.add(new Change.DeleteIdentity(space.id(), member.id));
        }
        forgetResume(member);
    }

    void clear() {
        byId.clear();
        bySub.clear();
        byResumeHash.clear();
        players.clear();
        csrcs.clear();
        absent.clear();
        banned.clear();
    }

    /**
     * Takes in what the store has.
     *
     * @return those who had a place on the stage when it was written
     */
    List<Member> restore(List<StoredIdentity> identities, long nowNs) {
        Instant now = spaces.now();
        List<Member> onStage = new ArrayList<>();
        List<StoredIdentity> longestGoneFirst = new ArrayList<>(identities);
        longestGoneFirst.sort(Comparator.comparing(identity -> leftAt(identity, now)));
        for (StoredIdentity stored : longestGoneFirst) {
            // Before there was video a CSRC was any number.
            boolean usable = (stored.csrc() & Media.Source.BITS) == 0 && !csrcs.containsKey(stored.csrc());
            Member member = Member.restored(space, stored, usable ? stored.csrc() : newCsrc());
            byId.put(member.id, member);
            csrcs.put(member.csrc, member);
            if (member.sub != null) {
                bySub.put(member.sub, member);
            }
            if (member.resumeHash != null) {
                byResumeHash.put(member.resumeHash, member);
            }
            if (member.banned) {
                banned.put(member.id, member);
                continue;
            }
            if (stored.leftAt() == null && member.role.onStage()) {
                onStage.add(member);
            } else {
                member.absentSinceNs =
                        nowNs - Duration.between(leftAt(stored, now), now).toNanos();
                member.remembered = true;
                absent.put(member.id, member);
            }
        }
        planSweep();
        onStage.sort(Comparator.comparing((Member member) -> member.role));
        return onStage;
    }

    private static Instant leftAt(StoredIdentity identity, Instant now) {
        Instant leftAt = identity.leftAt();
        return leftAt == null || leftAt.isAfter(now) ? now : leftAt;
    }

    private void forgetResume(Member member) {
        if (member.resumeHash != null) {
            byResumeHash.remove(member.resumeHash);
            member.resumeHash = null;
        }
    }

    private void planSweep() {
        if (sweepPlanned || absent.isEmpty()) {
            return;
        }
        sweepPlanned = true;
        long keptNs = spaces.config().identityKept().toNanos();
        Member first = absent.values().iterator().next();
        spaces.agenda().at(first.absentSinceNs + keptNs, dueNs -> {
            sweepPlanned = false;
            List<Change> changes = new ArrayList<>();
            while (!absent.isEmpty()) {
                Member longestGone = absent.values().iterator().next();
                if (longestGone.absentSinceNs + keptNs - dueNs > 0) {
                    break;
                }
                forget(longestGone, changes);
            }
            spaces.save(changes);
            planSweep();
        });
    }
}
