package dev.rostrum.signaling.model;

import java.util.Locale;
import java.util.Optional;

/**
 * Where a space is in its life: it goes live when somebody who may publish joins, and ends by a command, by its
 * deletion, or after being empty for long.
 *
 * <p>Immutable.
 */
public enum SpaceState {
    SCHEDULED,
    LIVE,
    ENDED;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** The state as messages write it. */
    public String text() {
        return text;
    }

    /** The state that messages write so. */
    public static Optional<SpaceState> of(String text) {
        for (SpaceState state : values()) {
            if (state.text.equals(text)) {
                return Optional.of(state);
            }
        }
        return Optional.empty();
    }
}
