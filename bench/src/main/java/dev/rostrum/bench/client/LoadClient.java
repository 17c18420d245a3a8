package dev.rostrum.bench.client;

import dev.rostrum.bench.media.ClientFigures;
import dev.rostrum.bench.media.MediaConnection;
import dev.rostrum.bench.media.MediaEngine;
import dev.rostrum.bench.media.MediaLoop;
import dev.rostrum.bench.media.MediaOwner;
import dev.rostrum.bench.media.Voice;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One simulated participant.
 *
 * <p>Safe for any thread.
 */
public abstract class LoadClient {

    final LoadClients clients;
    final MediaEngine.Seat seat;

    private final CountDownLatch heard = new CountDownLatch(1);
    private volatile @Nullable MediaConnection connection;
    private volatile @Nullable Voice voice;
    private volatile boolean cut;
    private volatile int position;
    private volatile long startedNs;
    private volatile long signalingNs = -1;
    private final AtomicLong queuedNs = new AtomicLong();
    private volatile long iceNs = -1;
    private volatile long dtlsNs = -1;
    private volatile long firstPacketNs = -1;

    LoadClient(LoadClients clients, int group) {
        this.clients = clients;
        seat = clients.media().seat(group);
    }

    /** Its number, unique in the process. */
    public final int id() {
        return seat.id();
    }

    /** Joins; done when media is connected. Fails with a {@link JoinException}. */
    public abstract CompletableFuture<LoadClient> join();

    /** Leaves as a user does; done when the server has confirmed it. */
    public abstract CompletableFuture<Void> leave();

    /** Vanishes without a word. */
    public abstract void abandon();

    /** Speaks from now on, over reconnects, whether the server wants it or not; null is silent. */
    public final void speak(@Nullable Voice next) {
        voice = next;
        MediaConnection present = connection;
        if (present != null) {
            present.speak(next);
        }
    }

    /** While cut, no UDP comes in and none goes out. */
    public final void cutUdp(boolean now) {
        cut = now;
        MediaConnection present = connection;
        if (present != null) {
            present.cut(now);
        }
    }

    /** Goes on from another port, as after a change of network; ICE checks from there at once. */
    public final void changeAddress() {
        MediaConnection present = connection;
        if (present != null) {
            present.changeAddress();
        }
    }

    /** What it has heard so far. */
    public final CompletableFuture<ClientFigures> figures() {
        return seat.figures();
    }

    /** Longest silences count from here. */
    public final void forgetExtremes() {
        seat.forgetExtremes();
    }

    /** Waits for its first media packet; whether one came in time. */
    public final boolean awaitHearing(long waitMs) throws InterruptedException {
        return heard.await(waitMs, TimeUnit.MILLISECONDS);
    }

    /** Whether media is connected now. */
    public final boolean connected() {
        MediaConnection present = connection;
        return present != null && present.connected();
    }

    /** Where its present connection receives; null if it has none. */
    public final @Nullable InetSocketAddress address() {
        MediaConnection present = connection;
        return present == null ? null : present.local();
    }

    /** How long the first join took. */
    public final JoinPhases phases() {
        return new JoinPhases(signalingNs, iceNs, dtlsNs, firstPacketNs, queuedNs.get());
    }

    final void began() {
        if (startedNs == 0) {
            startedNs = MediaLoop.clockNs();
        }
    }

    final void answered() {
        if (signalingNs < 0) {
            signalingNs = MediaLoop.clockNs() - startedNs;
        }
    }

    /** Its place in the server's queue, from 1; 0 if it is in none. */
    public final int position() {
        return position;
    }

    final void position(int place) {
        position = place;
    }

    final void queued(long timeNs) {
        queuedNs.addAndGet(timeNs);
    }

    /** The connection that counts from now on. */
    final void use(MediaConnection next) {
        connection = next;
        next.speak(voice);
        next.cut(cut);
    }

    final @Nullable MediaConnection connection() {
        return connection;
    }

    /** Notes the phases, and hands on what happens to the connection that counts. */
    final class Phases implements MediaOwner {

        private final MediaOwner next;

        Phases(MediaOwner next) {
            this.next = next;
        }

        @Override
        public void onPath(MediaConnection source, long nowNs) {
            if (iceNs < 0) {
                iceNs = nowNs - startedNs;
            }
            next.onPath(source, nowNs);
        }

        @Override
        public void onConnected(MediaConnection source, long nowNs) {
            if (dtlsNs < 0) {
                dtlsNs = nowNs - startedNs;
            }
            next.onConnected(source, nowNs);
        }

        @Override
        public void onFirstPacket(MediaConnection source, long nowNs) {
            if (firstPacketNs < 0) {
                firstPacketNs = nowNs - startedNs;
                heard.countDown();
            }
            next.onFirstPacket(source, nowNs);
        }

        @Override
        public void onDisconnected(MediaConnection source, long nowNs) {
            next.onDisconnected(source, nowNs);
        }

        @Override
        public void onFailed(MediaConnection source, String reason, long nowNs) {
            next.onFailed(source, reason, nowNs);
        }
    }
}
