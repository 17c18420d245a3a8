package dev.rostrum.dtls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InboundRecordsTest {

    private static final byte[] CHANGE_CIPHER_SPEC = Records.record(Records.CHANGE_CIPHER_SPEC, 0, 5, (byte) 1);
    private static final byte[] FINISHED = Records.record(Records.HANDSHAKE, 1, 0, new byte[40]);

    private final List<DtlsDropReason> drops = new ArrayList<>();
    private final InboundRecords records = new InboundRecords(DtlsRole.SERVER, drops::add);

    @Test
    void everyRecordOfADatagramComesOutAlone() {
        byte[] first = certificate(1, 1);
        byte[] second = verify(2, 2);
        records.accept(Records.join(List.of(first, second)), 0);
        assertPayload(first, records.next(false));
        assertPayload(second, records.next(false));
        assertNull(records.next(false));
    }

    @Test
    void theEpochChangesOnlyWhenFinishedIsAwaited() {
        byte[] verify = verify(3, 3);
        records.accept(Records.join(List.of(FINISHED, CHANGE_CIPHER_SPEC, verify)), 0);
        assertPayload(verify, records.next(false));
        assertNull(records.next(false));
        assertPayload(CHANGE_CIPHER_SPEC, records.next(true));
        assertArrayEquals(FINISHED, records.next(true));
        assertNull(records.next(true));
    }

    @Test
    void finishedWaitsForChangeCipherSpec() {
        records.accept(FINISHED, 0);
        assertNull(records.next(true));
        records.accept(CHANGE_CIPHER_SPEC, 0);
        assertPayload(CHANGE_CIPHER_SPEC, records.next(true));
        assertArrayEquals(FINISHED, records.next(true));
    }

    @Test
    void aSecondChangeCipherSpecIsDropped() {
        records.accept(Records.join(List.of(CHANGE_CIPHER_SPEC, CHANGE_CIPHER_SPEC)), 0);
        assertNotNull(records.next(true));
        records.accept(CHANGE_CIPHER_SPEC, 0);
        assertNull(records.next(true));
        assertEquals(List.of(DtlsDropReason.REPEATED, DtlsDropReason.REPEATED), drops);
    }

    @Test
    void aMadeUpSequenceNumberDoesNotShutTheWindow() {
        records.accept(certificate(1, 0xFFFF_FFFF_FFFFL), 0);
        records.accept(verify(2, 4), 0);
        assertEquals(0, sequence(records.next(false)));
        assertEquals(1, sequence(records.next(false)));
    }

    @Test
    void anExactRepetitionIsDropped() {
        records.accept(certificate(1, 7), 0);
        records.accept(certificate(1, 7), 0);
        assertNotNull(records.next(false));
        assertNull(records.next(false));
        assertEquals(List.of(DtlsDropReason.REPEATED), drops);
    }

    @Test
    void aRetransmissionIsNotARepetition() {
        records.accept(certificate(1, 7), 0);
        records.accept(certificate(1, 8), 0);
        assertNotNull(records.next(false));
        assertNotNull(records.next(false));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3, 4, 12, 13, 14, 20, 22, 24, 40, 255})
    void messagesThatAServerNeverReceivesAreDropped(int type) {
        records.accept(Records.fragment(type, 10, 0, 0, 0, new byte[10]), 0);
        assertNull(records.next(false));
        assertEquals(List.of(DtlsDropReason.UNEXPECTED), drops);
    }

    @Test
    void aFragmentThatMakesNoSenseIsDropped() {
        byte[] piece = new byte[10];
        byte[] cut = Records.fragment(Records.CERTIFICATE, 10, 0, 0, 5, piece);
        cut[24] = 11; // longer than the record
        records.accept(Records.fragment(Records.CLIENT_HELLO, 0xFFFFFF, 0, 0, 1, piece), 0);
        records.accept(Records.fragment(Records.CERTIFICATE, 9, 0, 0, 2, piece), 0);
        records.accept(Records.fragment(Records.CERTIFICATE, 15, 0, 6, 3, piece), 0);
        records.accept(Records.fragment(Records.CERTIFICATE, 15, 0, 6, 4), 0);
        records.accept(cut, 0);
        records.accept(Records.record(Records.HANDSHAKE, 0, 6, new byte[11]), 0);
        assertNull(records.next(false));
        assertEquals(Collections.nCopies(6, DtlsDropReason.MALFORMED), drops);
    }

    @Test
    void aRecordThatMakesNoSenseHidesWhatIsBehindIt() {
        byte[] wrongVersion = certificate(1, 1);
        wrongVersion[2] = (byte) 0xFC;
        byte[] tooLong = certificate(1, 1);
        tooLong[11] = 0x40;
        records.accept(Records.join(List.of(verify(3, 3), wrongVersion, verify(4, 4))), 0);
        records.accept(Records.join(List.of(tooLong, verify(5, 5))), 0);
        records.accept(Arrays.copyOf(verify(6, 6), 12), 0);
        records.accept(Records.record(Records.HANDSHAKE, 0, 0), 0);
        assertNotNull(records.next(false));
        assertNull(records.next(false));
        assertEquals(Collections.nCopies(4, DtlsDropReason.MALFORMED), drops);
    }

    @Test
    void anEncryptedRecordShorterThanItsTagIsDropped() {
        records.accept(CHANGE_CIPHER_SPEC, 0);
        assertNotNull(records.next(true));
        records.accept(Records.record(Records.ALERT, 1, 0, new byte[23]), 0);
        assertNull(records.next(true));
        records.accept(Records.record(Records.ALERT, 1, 0, new byte[26]), 0);
        assertNotNull(records.next(true));
        assertEquals(List.of(DtlsDropReason.MALFORMED), drops);
    }

    @Test
    void whatWaitsForTheEpochIsBoundedAndTheNewestStay() {
        for (int i = 0; i < 99; i++) {
            records.accept(Records.record(Records.APPLICATION_DATA, 1, i, new byte[30]), 0);
        }
        records.accept(FINISHED, 0);
        assertEquals(92, drops.size());
        records.accept(CHANGE_CIPHER_SPEC, 0);
        int count = 0;
        byte[] last = {};
        for (byte[] record = records.next(true); record != null; record = records.next(true)) {
            count++;
            last = record;
        }
        assertEquals(9, count);
        assertArrayEquals(FINISHED, last);
    }

    @Test
    void otherEpochsAndPlaintextDataAreDropped() {
        records.accept(Records.record(Records.HANDSHAKE, 2, 0, new byte[40]), 0);
        records.accept(Records.record(Records.APPLICATION_DATA, 0, 0, new byte[40]), 0);
        records.accept(Records.record(24, 0, 0, new byte[40]), 0);
        records.accept(Records.record(24, 1, 0, new byte[40]), 0);
        assertNull(records.next(true));
        assertEquals(Collections.nCopies(4, DtlsDropReason.UNEXPECTED), drops);
    }

    @Test
    void aPlaintextAlertIsRememberedUntilThePeerGoesOn() {
        assertEquals(InboundRecords.NO_ALERT, records.alert());
        records.accept(Records.alert(2, 42, 1), 1_000);
        records.accept(Records.alert(2, 40, 2), 2_000);
        assertNull(records.next(true));
        assertEquals(42, records.alert());
        assertEquals(1_000, records.alertAtNs());
        records.accept(certificate(1, 3), 3_000);
        assertEquals(InboundRecords.NO_ALERT, records.alert());
    }

    @Test
    void onlyAlertsThatEndAHandshakeAreRemembered() {
        records.accept(Records.alert(1, 90, 1), 0); // user_canceled, a warning
        records.accept(Records.record(Records.ALERT, 0, 2, new byte[3]), 0);
        assertEquals(InboundRecords.NO_ALERT, records.alert());
        records.accept(Records.alert(1, 0, 3), 0); // close_notify
        assertEquals(0, records.alert());
    }

    @Test
    void anEstablishedSessionKnowsNoPlaintextAlerts() {
        records.accept(Records.alert(2, 42, 1), 0);
        records.established();
        assertEquals(InboundRecords.NO_ALERT, records.alert());
        records.accept(Records.alert(2, 42, 2), 0);
        assertEquals(InboundRecords.NO_ALERT, records.alert());
    }

    @Test
    void datagramsAreRecognizedByTheirFirstRecord() {
        byte[] hello = Records.fragment(Records.CLIENT_HELLO, 10, 0, 0, 0, new byte[10]);
        assertTrue(looksLikeDtls(hello));
        assertTrue(beginsHandshake(hello));
        assertFalse(beginsHandshake(certificate(1, 1)));
        assertFalse(beginsHandshake(FINISHED));
        assertFalse(looksLikeDtls(Arrays.copyOf(hello, 12)));
        for (int i = 0; i < 5; i++) {
            byte[] other = hello.clone();
            other[i] = 99;
            assertFalse(looksLikeDtls(other), "byte " + i);
        }
    }

    private static boolean looksLikeDtls(byte[] datagram) {
        return InboundRecords.looksLikeDtls(ByteBuffer.wrap(datagram), 0, datagram.length);
    }

    private static boolean beginsHandshake(byte[] datagram) {
        return InboundRecords.beginsHandshake(ByteBuffer.wrap(datagram), 0, datagram.length);
    }

    private static byte[] certificate(int messageSequence, long sequence) {
        return Records.fragment(Records.CERTIFICATE, 10, messageSequence, 0, sequence, new byte[10]);
    }

    private static byte[] verify(int messageSequence, long sequence) {
        return Records.fragment(Records.CERTIFICATE_VERIFY, 10, messageSequence, 0, sequence, new byte[10]);
    }

    private static long sequence(byte @Nullable [] record) {
        return ByteBuffer.wrap(Objects.requireNonNull(record)).getLong(3);
    }

    private static void assertPayload(byte[] expected, byte @Nullable [] record) {
        byte[] seen = Objects.requireNonNull(record);
        assertArrayEquals(Arrays.copyOfRange(expected, 13, expected.length), Arrays.copyOfRange(seen, 13, seen.length));
        assertEquals(expected[0], seen[0]);
    }
}
