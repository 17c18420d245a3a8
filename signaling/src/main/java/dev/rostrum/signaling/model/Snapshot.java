package dev.rostrum.signaling.model;

import java.util.List;

/**
 * All that a client must know of a space to go on from here; a client that reconnects gets this instead of what it
 * missed.
 *
 * <p>Immutable.
 *
 * @param self the receiver
 * @param participants everybody on the stage, highest role first; for host and co-hosts also those with a raised hand,
 *     earliest first
 * @param listeners how many listen
 */
public record Snapshot(SpaceInfo space, Participant self, List<Participant> participants, int listeners) {

    public Snapshot {
        participants = List.copyOf(participants);
    }
}
