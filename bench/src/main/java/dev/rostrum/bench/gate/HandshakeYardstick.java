package dev.rostrum.bench.gate;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import javax.crypto.KeyAgreement;

/**
 * The yardstick of joins: what one side of a DTLS handshake with P-256 certificates can't do without (a new key pair, a
 * key agreement, a signature, a verification), by the JDK's own SunEC and nothing of the product. It is slower than the
 * product's provider: it measures the machine, not what is possible.
 *
 * <p>Frozen: a change here makes figures before and after it incomparable. Owned by one thread.
 */
final class HandshakeYardstick {

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final byte[] MESSAGE = "what both sides have said".getBytes(StandardCharsets.US_ASCII);

    private final KeyPairGenerator generator;
    private final KeyPair own;
    private final KeyPair peer;
    private final Signature signature;

    HandshakeYardstick() {
        try {
            generator = KeyPairGenerator.getInstance("EC", "SunEC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            own = generator.generateKeyPair();
            peer = generator.generateKeyPair();
            signature = Signature.getInstance("SHA256withECDSA", "SunEC");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SunEC", e);
        }
    }

    /** Does it so many times; returns the processor time of each in ns. */
    double cpuNs(int times) {
        long beforeNs = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < times; i++) {
            once();
        }
        return (double) (THREADS.getCurrentThreadCpuTime() - beforeNs) / times;
    }

    private void once() {
        try {
            KeyAgreement agreement = KeyAgreement.getInstance("ECDH", "SunEC");
            agreement.init(generator.generateKeyPair().getPrivate());
            agreement.doPhase(peer.getPublic(), true);
            byte[] secret = agreement.generateSecret();
            signature.initSign(own.getPrivate());
            signature.update(MESSAGE);
            signature.update(secret);
            byte[] signed = signature.sign();
            signature.initVerify(own.getPublic());
            signature.update(MESSAGE);
            signature.update(secret);
            if (!signature.verify(signed)) {
                throw new IllegalStateException("SunEC does not know its own signature");
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
