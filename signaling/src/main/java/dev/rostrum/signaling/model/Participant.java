package dev.rostrum.signaling.model;

/**
 * A participant as others see them.
 *
 * <p>Immutable; a new one is made for each change.
 *
 * @param id unique in the server, public, the same after each reconnect
 * @param name what they call themselves or their token calls them; may be empty
 * @param csrc the CSRC of their microphone's packets: unsigned 32 bits, never 0, unique in the space, the same after
 *     each reconnect. Its two lowest bits are 0: with a {@link Media.Source} in them it is that of the other sources
 * @param muted whether their microphone is kept from others; only means something on the stage
 * @param camera whether they show their camera
 * @param screen whether they show their screen
 * @param hand whether they ask to speak
 * @param away whether their connection is lost and their place is kept for them for a while
 */
public record Participant(
        String id,
        String name,
        Role role,
        int csrc,
        boolean muted,
        boolean camera,
        boolean screen,
        boolean hand,
        boolean away) {

    /** The CSRC as a positive number. */
    public long unsignedCsrc() {
        return Integer.toUnsignedLong(csrc);
    }
}
