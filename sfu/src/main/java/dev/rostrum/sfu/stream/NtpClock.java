package dev.rostrum.sfu.stream;

/**
 * The one wall clock of all sender reports: monotonic time shown as NTP time (RFC 3550 §4), so that no step of the
 * system's clock ever tears two reports apart.
 *
 * <p>Immutable.
 */
public final class NtpClock {

    /** Seconds from 1900, where NTP counts from, to 1970. */
    private static final long SECONDS_FROM_1900_TO_1970 = 2_208_988_800L;

    private static final long NS_PER_SECOND = 1_000_000_000L;

    private final long epochOffsetNs;

    /**
     * A clock that was set once.
     *
     * @param epochOffsetNs the Unix time, in nanoseconds, at the instant where {@code nowNs} is 0
     */
    public NtpClock(long epochOffsetNs) {
        this.epochOffsetNs = epochOffsetNs;
    }

    /** The NTP timestamp of an instant: seconds in the upper 32 bits, their fraction in the lower. */
    public long ntp(long nowNs) {
        long unixNs = nowNs + epochOffsetNs;
        long seconds = Math.floorDiv(unixNs, NS_PER_SECOND) + SECONDS_FROM_1900_TO_1970;
        return seconds << 32 | (Math.floorMod(unixNs, NS_PER_SECOND) << 32) / NS_PER_SECOND;
    }

    /** The middle 32 bits of an NTP timestamp, as reports carry them: units of 1/65536 s. */
    public static int compact(long ntp) {
        return (int) (ntp >>> 16);
    }

    /** A duration in units of 1/65536 s (what DLSR is made of), at most the largest that 32 bits hold. */
    public static int compactDuration(long durationNs) {
        long seconds = durationNs / NS_PER_SECOND;
        long units = seconds << 16 | (durationNs % NS_PER_SECOND << 16) / NS_PER_SECOND;
        return (int) Math.clamp(units, 0, 0xFFFF_FFFFL);
    }

    /** A compact duration (an unsigned 32 bit value) in nanoseconds. */
    public static long durationNs(int compactDuration) {
        return ((compactDuration & 0xFFFF_FFFFL) * NS_PER_SECOND) >>> 16;
    }
}
