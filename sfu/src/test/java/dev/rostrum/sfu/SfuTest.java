package dev.rostrum.sfu;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.sfu.udp.ChannelUdpPort;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the SFU promises to signaling before anybody has connected, and after all has ended. */
final class SfuTest {

    private static final ExtensionIds EXTENSIONS = ExtensionIds.NONE;
    private static final IceCredentials PEER = new IceCredentials("peer", "peerpeerpeerpeerpeerpeer");
    private static final SfuListener NOBODY = new SfuListener() {
        @Override
        public void onConnected(String endpointId) {}

        @Override
        public void onClosed(String endpointId, CloseReason reason, String detail) {}

        @Override
        public void onPublishing(String endpointId, String mid) {}
    };

    private static Sfu start() throws IOException {
        return start(1);
    }

    private static Sfu start(int shards) throws IOException {
        return Sfu.start(
                new SfuConfig(List.of(InetAddress.ofLiteral("127.0.0.1")), 0, List.of(), shards, true, 3), NOBODY);
    }

    private static EndpointSpec publisher(Sfu sfu) {
        return publisher("e1", sfu.newCredentials());
    }

    private static EndpointSpec publisher(String id, IceCredentials local) {
        return new EndpointSpec(
                id,
                "space",
                local,
                PEER,
                new Fingerprint(new byte[32]),
                DtlsRole.SERVER,
                "cname",
                List.of(new StreamSpec.Publish("0", MediaKind.AUDIO, 111, 48_000, EXTENSIONS, List.of(), 7, true)));
    }

    @Test
    void whoeverHasNotConnectedIsMutedAtOnce() throws IOException {
        try (Sfu sfu = start()) {
            sfu.add(publisher(sfu));

            assertTrue(sfu.permit("e1", "0", false).toCompletableFuture().isDone());
            assertTrue(sfu.permit("nobody", "0", false).toCompletableFuture().isDone());
            assertTrue(sfu.fillAudioSlots("e1", 1));
            assertFalse(sfu.fillAudioSlots("nobody", 1));
        }
    }

    @Test
    void noMoreShardsRunThanASpaceCanBeOn() throws IOException {
        assumeTrue(ChannelUdpPort.sharesAddresses());
        try (Sfu sfu = start(65)) {
            assertTrue(sfu.description().startsWith("64 shards, "), sfu.description());
        }
    }

    @Test
    void aRestartThatNobodyUsedIsForgottenWithItsEndpoint() throws IOException {
        try (Sfu sfu = start()) {
            sfu.add(publisher(sfu));
            IceCredentials first = sfu.newCredentials();
            IceCredentials second = sfu.newCredentials();
            assertTrue(sfu.restartIce("e1", first, PEER));
            assertTrue(sfu.restartIce("e1", second, PEER));
            assertThrows(IllegalArgumentException.class, () -> sfu.add(publisher("e2", second)));
            sfu.add(publisher("e3", first)); // replaced before anybody came: free again
            sfu.remove("e1");
            sfu.add(publisher("e4", second));
        }
    }

    @Test
    void afterTheEndNobodyWaitsForAConfirmation() throws IOException {
        Sfu sfu = start();
        sfu.add(publisher(sfu));
        sfu.close();

        assertTrue(sfu.permit("e1", "0", false).toCompletableFuture().isDone());
        assertFalse(sfu.fillAudioSlots("e1", 1));
    }
}
