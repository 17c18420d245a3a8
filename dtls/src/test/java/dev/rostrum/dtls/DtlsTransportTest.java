package dev.rostrum.dtls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.srtp.SrtpKeys;
import dev.rostrum.srtp.SrtpProfile;
import java.security.SecureRandom;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DtlsTransportTest {

    private static final DtlsIdentity ALICE = DtlsIdentity.generate(new SecureRandom());
    private static final DtlsIdentity BOB = DtlsIdentity.generate(new SecureRandom());

    static Stream<DtlsCrypto> cryptos() {
        return Stream.of(DtlsCrypto.select(), DtlsCrypto.bouncyCastle());
    }

    @ParameterizedTest
    @MethodSource("cryptos")
    void bothRolesAgreeOnTheKeysAndOnTheBestProfile(DtlsCrypto crypto) throws Exception {
        try (DtlsHandshakes pool = new DtlsHandshakes(crypto)) {
            DtlsEnd client = new DtlsEnd(pool, ALICE, DtlsRole.CLIENT, BOB.fingerprint());
            DtlsEnd server = new DtlsEnd(pool, BOB, DtlsRole.SERVER, ALICE.fingerprint());
            client.sendTo(server::receive);
            server.sendTo(client::receive);
            client.transport.start();
            SrtpKeys ours = client.keys();
            SrtpKeys theirs = server.keys();
            assertEquals(SrtpProfile.AEAD_AES_128_GCM, ours.profile());
            assertArrayEquals(ours.localKey(), theirs.remoteKey());
            assertArrayEquals(ours.localSalt(), theirs.remoteSalt());
            assertArrayEquals(ours.remoteKey(), theirs.localKey());
            assertArrayEquals(ours.remoteSalt(), theirs.localSalt());
            client.transport.close();
            assertTrue(server.awaitClosed());
        }
    }
}
