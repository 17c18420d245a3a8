/**
 * Video from the publisher's packets to the slots of subscribers: reception, fan-out, layers, repair and pacing.
 *
 * <p>Owned by one shard, all of it: {@link dev.rostrum.sfu.video.VideoRoom} is one space's video on that shard.
 */
@NullMarked
package dev.rostrum.sfu.video;

import org.jspecify.annotations.NullMarked;
