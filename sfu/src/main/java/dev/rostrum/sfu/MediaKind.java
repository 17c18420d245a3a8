package dev.rostrum.sfu;

/** What a stream carries. */
public enum MediaKind {
    AUDIO,
    VIDEO
}
