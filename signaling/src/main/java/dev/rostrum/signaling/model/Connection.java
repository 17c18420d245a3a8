package dev.rostrum.signaling.model;

import dev.rostrum.signaling.space.Session;
import dev.rostrum.signaling.space.Spaces;

/**
 * The way to one participant's client; the web layer implements it.
 *
 * <p>Called on the event loop that owns {@link Spaces}. Neither method may block or throw, nor call back into the
 * session. A connection holds a bounded queue of outgoing messages; when it is full the client reads too slowly and the
 * web layer cuts it ({@link Session#disconnected}): the client comes back and gets a snapshot, so that no event is ever
 * awaited or repeated.
 */
public interface Connection {

    /** Tell an event. The same event object is given to all connections that get it. */
    void send(SpaceEvent event);

    /** The session is over; nothing follows. */
    void close(Farewell farewell);

    /** Why a session ended. */
    enum Farewell {
        LEFT("left", "You left the space."),
        REPLACED("replaced", "You joined from another place; this session is over."),
        REMOVED("removed", "You were put out of the space."),
        BANNED("banned", "You were put out of the space and can't come back."),
        ENDED("ended", "This space has ended.");

        private final String text;
        private final String sentence;

        Farewell(String text, String sentence) {
            this.text = text;
            this.sentence = sentence;
        }

        /** The reason as messages write it. */
        public String text() {
            return text;
        }

        /** The reason for people. */
        public String sentence() {
            return sentence;
        }
    }
}
