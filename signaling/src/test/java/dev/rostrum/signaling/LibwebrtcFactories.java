package dev.rostrum.signaling;

import dev.onvoid.webrtc.PeerConnectionFactory;
import dev.onvoid.webrtc.media.audio.AudioDeviceModule;
import dev.onvoid.webrtc.media.audio.AudioLayer;
import dev.onvoid.webrtc.media.audio.HeadlessAudioDeviceModule;

/**
 * Makes PeerConnections of libwebrtc without sound hardware.
 *
 * <p>libwebrtc gives what an audio device records to every sending track, also to those that are fed by hand, and
 * aborts the process when both come at once. So whoever speaks does it on a device that can't record, and on which
 * nothing is played; whoever hears does it on a device that plays into nothing and records silence. Owned by one test,
 * which closes it after its peers.
 */
final class LibwebrtcFactories implements AutoCloseable {

    private final AudioDeviceModule recordsNothing = new AudioDeviceModule(AudioLayer.kDummyAudio);
    private final HeadlessAudioDeviceModule recordsSilence = new HeadlessAudioDeviceModule();
    private final PeerConnectionFactory speaking = new PeerConnectionFactory(recordsNothing);
    private final PeerConnectionFactory hearing = new PeerConnectionFactory(recordsSilence);

    /** Somebody who speaks what they are told; their slots get packets, but are not played. */
    LibwebrtcPeer speaker(int slots) {
        return new LibwebrtcPeer(speaking, true, slots);
    }

    /** Somebody with an open microphone in a silent room, who hears. */
    LibwebrtcPeer silentSpeaker(int slots) {
        return new LibwebrtcPeer(hearing, true, slots);
    }

    /** Somebody without a microphone, who hears. */
    LibwebrtcPeer listener(int slots) {
        return new LibwebrtcPeer(hearing, false, slots);
    }

    @Override
    public void close() {
        speaking.dispose();
        hearing.dispose();
        recordsNothing.dispose();
        recordsSilence.dispose();
    }
}
