package dev.rostrum.signaling.model;

import java.util.Locale;
import java.util.Optional;

/**
 * What a participant is in a space, highest first.
 *
 * <p>Immutable.
 */
public enum Role {
    HOST,
    COHOST,
    SPEAKER,
    LISTENER;

    private final String text = name().toLowerCase(Locale.ROOT);

    /** The role as messages and tokens write it. */
    public String text() {
        return text;
    }

    /** The role that messages and tokens write so. */
    public static Optional<Role> of(String text) {
        for (Role role : values()) {
            if (role.text.equals(text)) {
                return Optional.of(role);
            }
        }
        return Optional.empty();
    }

    /** Whether this role has a place on the stage: whether it may publish. */
    public boolean onStage() {
        return this != LISTENER;
    }

    /** Whether this role stands strictly higher than the other. */
    public boolean above(Role other) {
        return compareTo(other) < 0;
    }

    /** Whether this role carries the permission. */
    public boolean may(Permission permission) {
        return permission.heldBy(this);
    }

    /** The next lower role; a listener stays one. */
    public Role below() {
        return switch (this) {
            case HOST -> COHOST;
            case COHOST -> SPEAKER;
            case SPEAKER, LISTENER -> LISTENER;
        };
    }
}
