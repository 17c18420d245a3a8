package dev.rostrum.signaling.model;

/** What a join would be, were it done now. */
public enum Standing {
    /** It leads onto the stage. */
    STAGE,
    /** Of a listener whose place in the space is still kept. */
    RETURNING,
    /** Of a listener who has no place yet. */
    NEW
}
