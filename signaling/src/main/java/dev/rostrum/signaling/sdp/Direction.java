package dev.rostrum.signaling.sdp;

import java.util.Locale;

/** Which way media goes on an m-line or an extension, as its describer sees it (RFC 3264 §5.1, RFC 8285 §6). */
public enum Direction {
    SENDRECV,
    SENDONLY,
    RECVONLY,
    INACTIVE;

    /** The direction of one who does these. */
    public static Direction of(boolean sends, boolean receives) {
        if (sends) {
            return receives ? SENDRECV : SENDONLY;
        }
        return receives ? RECVONLY : INACTIVE;
    }

    /** Whether the describer sends. */
    public boolean sends() {
        return this == SENDRECV || this == SENDONLY;
    }

    /** Whether the describer receives. */
    public boolean receives() {
        return this == SENDRECV || this == RECVONLY;
    }

    /** The same as the other side sees it. */
    public Direction reversed() {
        return of(receives(), sends());
    }

    /** The attribute's name. */
    public String sdp() {
        return name().toLowerCase(Locale.ROOT);
    }
}
