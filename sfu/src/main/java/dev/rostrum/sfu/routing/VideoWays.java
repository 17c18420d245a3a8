package dev.rostrum.sfu.routing;

import dev.rostrum.sfu.video.VideoInfo;
import dev.rostrum.sfu.video.VideoRoom;
import dev.rostrum.srtp.Slab;

/**
 * The ways of one space's video to the other shards: by the same links, and in the same order, as its audio.
 *
 * <p>Owned by the space's router on one shard.
 */
record VideoWays(int spaceKey, Switchboard switchboard) implements VideoRoom.Ways {

    @Override
    public void publish(VideoInfo info) {
        switchboard.broadcast(new SpaceMessage.VideoPublished(spaceKey, info));
    }

    @Override
    public void unpublish(int csrc) {
        switchboard.broadcast(new SpaceMessage.VideoUnpublished(spaceKey, csrc));
    }

    @Override
    public void want(VideoInfo info, boolean wanted) {
        int here = switchboard.shard().index();
        switchboard.send(info.shard(), new SpaceMessage.VideoWanted(spaceKey, info.csrc(), here, wanted));
    }

    @Override
    public void askForKeyFrame(VideoInfo info, int encoding) {
        switchboard.send(info.shard(), new SpaceMessage.KeyFrameWanted(spaceKey, info.csrc(), encoding));
    }

    @Override
    public void clock(int shard, int csrc, int ssrc, long ntp, int rtpTimestamp) {
        switchboard.send(shard, new SpaceMessage.VideoClock(spaceKey, csrc, ssrc, ntp, rtpTimestamp));
    }

    @Override
    public boolean offer(int shard, int csrc, int encoding, Slab slab, int offset, int lengthBytes, long nowNs) {
        return switchboard.sendVideo(shard, spaceKey, csrc, encoding, slab, offset, lengthBytes, nowNs);
    }
}
