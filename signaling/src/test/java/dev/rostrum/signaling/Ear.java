package dev.rostrum.signaling;

import dev.onvoid.webrtc.media.audio.AudioTrackSink;

/**
 * Hears one remote track: keeps the last 200 ms of it.
 *
 * <p>Written by libwebrtc's playout thread, read by the test.
 */
final class Ear implements AudioTrackSink {

    /** The least amplitude that counts as a tone; those of the tests are sent with 0.5. */
    private static final double AUDIBLE = 0.1;

    private static final double SILENT = 0.001;

    private double[] window = {};
    private int sampleRateHz;
    private long written;

    @Override
    public synchronized void onData(byte[] pcm, int bitsPerSample, int rateHz, int channels, int frames) {
        if (bitsPerSample != 16) {
            throw new IllegalArgumentException("samples of " + bitsPerSample + " bits");
        }
        if (sampleRateHz != rateHz) {
            sampleRateHz = rateHz;
            window = new double[rateHz / 5];
            written = 0;
        }
        for (int i = 0; i < frames; i++) { // the first channel
            int at = 2 * i * channels;
            short sample = (short) ((pcm[at] & 0xff) | pcm[at + 1] << 8);
            window[(int) (written++ % window.length)] = sample / (double) Short.MAX_VALUE;
        }
    }

    /** Forgets what was heard, so that only what comes from now on counts. */
    synchronized void forget() {
        written = 0;
    }

    /** Whether the last 200 ms are this tone and little else. */
    synchronized boolean hears(double hz) {
        double[] samples = samples();
        double amplitude = samples.length == 0 ? 0 : Tone.amplitude(samples, hz, sampleRateHz);
        return amplitude > AUDIBLE && amplitude > 0.9 * Tone.loudness(samples);
    }

    /** Whether 200 ms were delivered and there is nothing in them. */
    synchronized boolean hearsSilence() {
        double[] samples = samples();
        return samples.length > 0 && Tone.loudness(samples) < SILENT;
    }

    /** Whether nothing was ever delivered, not even silence. */
    synchronized boolean isIdle() {
        return sampleRateHz == 0;
    }

    /** What the last 200 ms are, for people. */
    synchronized String describe(double hz) {
        double[] samples = samples();
        return samples.length == 0
                ? "nothing yet (" + written + " samples)"
                : "amplitude %.4f at %.0f Hz, loudness %.4f, %d Hz"
                        .formatted(Tone.amplitude(samples, hz, sampleRateHz), hz, Tone.loudness(samples), sampleRateHz);
    }

    private double[] samples() {
        if (window.length == 0 || written < window.length) {
            return new double[0];
        }
        double[] samples = new double[window.length];
        int start = (int) (written % window.length);
        System.arraycopy(window, start, samples, 0, window.length - start);
        System.arraycopy(window, 0, samples, window.length - start, start);
        return samples;
    }
}
