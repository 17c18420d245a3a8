package dev.rostrum.sfu.loop;

/**
 * The time that shards live in: monotonic, in nanoseconds from an arbitrary beginning, never negative; the same for all
 * shards of a server.
 *
 * <p>Any thread.
 */
public interface ShardClock {

    /** The time now. */
    long nowNs();

    /**
     * The Unix time, in nanoseconds, at which {@link #nowNs} was 0: what turns its times into wall-clock times (NTP
     * timestamps in RTCP). Fixed for the life of the clock, so that all such times lie on one consistent line.
     */
    long unixNsAtZero();

    /** The clock of this process: 0 when it was first asked for. */
    static ShardClock system() {
        return SystemClock.INSTANCE;
    }

    /** System.nanoTime, moved to begin at 0. */
    final class SystemClock implements ShardClock {

        private static final SystemClock INSTANCE = new SystemClock();

        private final long originNs = System.nanoTime();
        private final long unixNsAtZero;

        private SystemClock() {
            java.time.Instant now = java.time.Instant.now();
            unixNsAtZero = now.getEpochSecond() * 1_000_000_000 + now.getNano() - nowNs();
        }

        @Override
        public long nowNs() {
            return System.nanoTime() - originNs;
        }

        @Override
        public long unixNsAtZero() {
            return unixNsAtZero;
        }
    }
}
