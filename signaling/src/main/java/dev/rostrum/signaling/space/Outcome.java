package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Connection;
import dev.rostrum.signaling.model.SpaceStore.Change;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What a command that was carried out still waits for.
 *
 * <p>Immutable.
 *
 * @param revocations what the media side takes away
 * @param endpointId from which endpoint
 * @param changes what the store must keep
 * @param farewell how the asker's own session ends after the result, if it does
 */
record Outcome(
        List<CompletionStage<Void>> revocations,
        @Nullable String endpointId,
        List<Change> changes,
        Connection.@Nullable Farewell farewell) {

    private static final Outcome NOTHING = new Outcome(List.of(), null, List.of(), null);

    static Outcome nothing() {
        return NOTHING;
    }

    static Outcome of(List<Change> changes) {
        return new Outcome(List.of(), null, changes, null);
    }
}
