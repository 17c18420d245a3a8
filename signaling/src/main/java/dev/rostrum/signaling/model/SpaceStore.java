package dev.rostrum.signaling.model;

import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Where spaces and identities outlive the process.
 *
 * <p>{@link #load} is called once, before anything else. {@link #save} may be called from any thread and never blocks;
 * its stage completes on a thread of the store.
 */
public interface SpaceStore extends AutoCloseable {

    /** All that was saved and not deleted. */
    Contents load();

    /**
     * Saves changes, all or none, after all changes of earlier calls.
     *
     * @return completes when they would survive the death of the process; fails if they could not be written now. The
     *     store keeps them even then and writes them as soon as it can, but for one that can't be written at all: that
     *     one is given up, and others go on without it
     */
    CompletionStage<Void> save(List<Change> changes);

    /** Empty while the store works, else a sentence that says what is wrong. Any thread. */
    @Nullable
    String trouble();

    /** Writes what is waiting, bounded in time, and lets go of the file. */
    @Override
    void close();

    /** What a store holds. */
    record Contents(List<StoredSpace> spaces, List<StoredIdentity> identities) {

        /** Nothing. */
        public static final Contents EMPTY = new Contents(List.of(), List.of());

        public Contents {
            spaces = List.copyOf(spaces);
            identities = List.copyOf(identities);
        }
    }

    /**
     * A space.
     *
     * @param bannedAddresses from where nobody without a known identity may join: addresses, of IPv6 their {@link
     *     Network}
     */
    record StoredSpace(SpaceInfo info, Set<String> bannedAddresses) {

        public StoredSpace {
            bannedAddresses = Set.copyOf(bannedAddresses);
        }
    }

    /**
     * Who a participant is, over all their sessions.
     *
     * @param sub the person's name in tokens; absent for those who came by invitation
     * @param granted the role of their token when they last came with one
     * @param role the role that they have, or come back to
     * @param resumeHash SHA-256 of their resume token in base64url; absent if they have none
     * @param nameFixed whether the name comes from their token, so that they can't change it
     * @param handAt when they raised their hand, if it is up
     * @param leftAt when their place was given up; absent while they have one
     */
    record StoredIdentity(
            String spaceId,
            String id,
            @Nullable String sub,
            Role granted,
            Role role,
            String name,
            boolean nameFixed,
            int csrc,
            boolean muted,
            boolean banned,
            @Nullable String resumeHash,
            @Nullable Instant handAt,
            @Nullable Instant leftAt) {}

    /** One change. */
    sealed interface Change {

        /** Save a space, new or changed. */
        record PutSpace(StoredSpace space) implements Change {}

        /** Forget a space and all identities in it. */
        record DeleteSpace(String spaceId) implements Change {}

        /** Forget all identities in a space. */
        record DeleteIdentities(String spaceId) implements Change {}

        /** Save an identity, new or changed. */
        record PutIdentity(StoredIdentity identity) implements Change {}

        /** Forget an identity. */
        record DeleteIdentity(String spaceId, String id) implements Change {}
    }
}
