package dev.rostrum.signaling.model;

import java.time.Duration;

/**
 * The limits of spaces.
 *
 * <p>Immutable.
 *
 * @param cohosts how many co-hosts a stage has beside its one host
 * @param speakers how many speakers a stage has beside host and co-hosts
 * @param screens how many screens may be shown at once in a space
 * @param spaces how many spaces may be scheduled or live at once
 * @param remembered how many lost participants, who may come back, a space remembers, and how many who may not
 * @param hands how many hands may be raised at once in a space
 * @param anonymousListeners whether anybody may listen without a token (the open mode)
 * @param placeKept for how long the place of a lost participant is kept
 * @param identityKept for how long a lost participant can come back as who they were
 * @param emptySpaceEnds after how long an empty space ends
 * @param endedSpaceKept for how long an ended space is remembered
 * @param commandsPerSecond how many commands a session may send per second in the long run
 * @param commandBurst how many commands a session may send at once
 * @param confirmWithin how long a command waits for media and store before its result says that it did not
 */
public record SpacesConfig(
        int cohosts,
        int speakers,
        int screens,
        int spaces,
        int remembered,
        int hands,
        boolean anonymousListeners,
        Duration placeKept,
        Duration identityKept,
        Duration emptySpaceEnds,
        Duration endedSpaceKept,
        int commandsPerSecond,
        int commandBurst,
        Duration confirmWithin) {

    /** A stage of 13 (1 host, 2 co-hosts, 10 speakers), the open mode, generous times. */
    public static final SpacesConfig DEFAULT = new SpacesConfig(
            2,
            10,
            1,
            10_000,
            20_000,
            1_000,
            true,
            Duration.ofSeconds(30),
            Duration.ofHours(24),
            Duration.ofDays(7),
            Duration.ofDays(30),
            20,
            50,
            Duration.ofSeconds(2));

    /** The same with another stage. */
    public SpacesConfig withStage(int newCohosts, int newSpeakers) {
        return new SpacesConfig(
                newCohosts,
                newSpeakers,
                screens,
                spaces,
                remembered,
                hands,
                anonymousListeners,
                placeKept,
                identityKept,
                emptySpaceEnds,
                endedSpaceKept,
                commandsPerSecond,
                commandBurst,
                confirmWithin);
    }

    /** The same, open or closed to listeners without a token. */
    public SpacesConfig withAnonymousListeners(boolean anonymous) {
        return new SpacesConfig(
                cohosts,
                speakers,
                screens,
                spaces,
                remembered,
                hands,
                anonymous,
                placeKept,
                identityKept,
                emptySpaceEnds,
                endedSpaceKept,
                commandsPerSecond,
                commandBurst,
                confirmWithin);
    }

    /** How many may have a role at once. */
    public int seats(Role role) {
        return switch (role) {
            case HOST -> 1;
            case COHOST -> cohosts;
            case SPEAKER -> speakers;
            case LISTENER -> Integer.MAX_VALUE;
        };
    }
}
