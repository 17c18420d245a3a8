package dev.rostrum.sfu.video;

/**
 * The way back from a publication's subscribers to its publisher.
 *
 * <p>Called on the shard of the publication.
 */
interface VideoUpstream {

    /** Somebody can't go on without a key frame of that encoding. May be said for each packet. */
    void wantKeyFrame(int encoding, long nowNs);

    /** A key frame of that encoding has come. */
    void onKeyFrame(int encoding, long nowNs);

    /** There are slots on this shard that carry the publication, or none any more. */
    void onWanted(boolean wanted);
}
