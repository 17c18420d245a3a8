package dev.rostrum.signaling.space;

import java.util.List;

/**
 * The rules of one space: who is in it, who may do what, and who hears of it.
 *
 * <p>Owned by the event loop of {@link Spaces}: every method is called on it.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Space {

    Space() {}

    /** What the space is. */
    public SpaceInfo info() {
        throw new UnsupportedOperationException();
    }

    /** Everybody on the stage, highest role first. */
    public List<Participant> stage() {
        throw new UnsupportedOperationException();
    }

    /** How many listen. */
    public int listeners() {
        throw new UnsupportedOperationException();
    }

    /** Grows with each change that {@link #info}, {@link #stage} or {@link #listeners} would show; for an ETag. */
    public long version() {
        throw new UnsupportedOperationException();
    }

    /**
     * The role that a grant's holder has here: a person's present one, else what the grant says.
     *
     * @throws Refusal if the grant is another space's, or its holder is banned
     */
    public Role roleOf(Grant grant) throws Refusal {
        throw new UnsupportedOperationException();
    }
}
