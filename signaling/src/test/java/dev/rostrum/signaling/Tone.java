package dev.rostrum.signaling;

/**
 * A steady tone, and how much of one is in a piece of sound.
 *
 * <p>Stateless.
 */
final class Tone {

    private Tone() {}

    /**
     * Samples of a sine, 16 bits little endian, mono.
     *
     * @param firstSample the index of the first, so that pieces fit together
     * @param amplitude of 1 at most
     */
    static byte[] samples(double hz, int sampleRateHz, long firstSample, int count, double amplitude) {
        byte[] pcm = new byte[2 * count];
        for (int i = 0; i < count; i++) {
            double phase = 2 * Math.PI * hz * (firstSample + i) / sampleRateHz;
            int sample = (int) Math.round(Math.sin(phase) * amplitude * Short.MAX_VALUE);
            pcm[2 * i] = (byte) sample;
            pcm[2 * i + 1] = (byte) (sample >> 8);
        }
        return pcm;
    }

    /** The tone's amplitude in these samples, by Goertzel's algorithm; 1 is a full-scale sine. */
    static double amplitude(double[] samples, double hz, int sampleRateHz) {
        double coefficient = 2 * Math.cos(2 * Math.PI * hz / sampleRateHz);
        double last = 0;
        double beforeLast = 0;
        for (double sample : samples) {
            double next = sample + coefficient * last - beforeLast;
            beforeLast = last;
            last = next;
        }
        double power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast;
        return 2 * Math.sqrt(Math.max(power, 0)) / samples.length;
    }

    /** The amplitude that a sine of the same power would have; the largest that any tone in the samples can have. */
    static double loudness(double[] samples) {
        double sum = 0;
        for (double sample : samples) {
            sum += sample * sample;
        }
        return Math.sqrt(2 * sum / samples.length);
    }
}
