package dev.rostrum.dtls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.junit.jupiter.api.Test;

class DtlsIdentityTest {

    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @Test
    void theCertificateIsSelfSignedWithEcdsaOnP256() throws Exception {
        X509Certificate certificate = certificate(DtlsIdentity.generate(new SecureRandom(), NOW));
        certificate.verify(certificate.getPublicKey());
        assertEquals("SHA256withECDSA", certificate.getSigAlgName());
        assertEquals(
                256,
                ((ECPublicKey) certificate.getPublicKey())
                        .getParams()
                        .getCurve()
                        .getField()
                        .getFieldSize());
        assertEquals("CN=rostrum", certificate.getSubjectX500Principal().getName());
        assertEquals(certificate.getSubjectX500Principal(), certificate.getIssuerX500Principal());
        assertTrue(certificate.getSerialNumber().signum() > 0);
        assertEquals(3, certificate.getVersion());
    }

    @Test
    void theCertificateIsValidForPeersWhoseClockIsADayOff() throws Exception {
        X509Certificate certificate = certificate(DtlsIdentity.generate(new SecureRandom(), NOW));
        certificate.checkValidity(Date.from(NOW.minus(Duration.ofDays(1))));
        certificate.checkValidity(Date.from(NOW.plus(Duration.ofDays(360))));
    }

    @Test
    void theFingerprintIsThatOfTheCertificate() {
        DtlsIdentity identity = DtlsIdentity.generate(new SecureRandom());
        assertEquals(Fingerprint.of(identity.certificateDer()), identity.fingerprint());
    }

    @Test
    void eachIdentityIsAnother() {
        DtlsIdentity one = DtlsIdentity.generate(new SecureRandom());
        DtlsIdentity other = DtlsIdentity.generate(new SecureRandom());
        assertNotEquals(one.fingerprint(), other.fingerprint());
    }

    @Test
    void theKeyIsNeverPrinted() {
        DtlsIdentity identity = DtlsIdentity.generate(new SecureRandom());
        assertEquals("DtlsIdentity[" + identity.fingerprint() + "]", identity.toString());
        assertFalse(identity.toString().contains("rivate"));
    }

    private static X509Certificate certificate(DtlsIdentity identity) throws Exception {
        return (X509Certificate) CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(identity.certificateDer()));
    }
}
