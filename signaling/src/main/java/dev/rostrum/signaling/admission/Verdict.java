package dev.rostrum.signaling.admission;

/** What a listener who wants to come in is told. Immutable, but for the hold. */
public sealed interface Verdict {

    /** Come in; the hold is the listener's place. */
    record Come(Hold hold) implements Verdict {}

    /**
     * Wait.
     *
     * @param ticket keeps the place, and is nobody else's
     * @param retryAfterSeconds when to come back with it, for those who can't be called; whoever does not come in twice
     *     that time loses the place
     */
    record Wait(String ticket, Place place, int retryAfterSeconds) implements Verdict {}

    /**
     * There is no place in the line either.
     *
     * @param sentence why, for people
     */
    record Refused(String sentence, int retryAfterSeconds) implements Verdict {}
}
