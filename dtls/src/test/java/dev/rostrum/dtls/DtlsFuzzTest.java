package dev.rostrum.dtls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.InputStream;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Datagrams from anybody: no exception escapes, nothing hangs, and no garbage makes keys. */
class DtlsFuzzTest {

    @FuzzTest(maxDuration = "10m")
    void datagramsOnlyConnectOrFailWithAReason(byte[] input) {
        FuzzedSession session = new FuzzedSession(FuzzedSession.role(input));
        session.run(FuzzedSession.datagrams(input));
        session.sent.forEach(datagram -> assertTrue(datagram.length <= DtlsWire.MAX_SENT_LENGTH_BYTES));
    }

    @FuzzTest(maxDuration = "10m")
    void recordsComeOutWholeAndInOrder(byte[] input) {
        Map<DtlsDropReason, Integer> drops = new EnumMap<>(DtlsDropReason.class);
        InboundRecords records =
                new InboundRecords(FuzzedSession.role(input), reason -> drops.merge(reason, 1, Integer::sum));
        boolean epochChanged = false;
        int left = 0;
        for (byte[] datagram : FuzzedSession.datagrams(input)) {
            records.accept(datagram, left);
            boolean finishedAwaited = (left++ & 3) == 3;
            for (byte[] record = records.next(finishedAwaited);
                    record != null;
                    record = records.next(finishedAwaited)) {
                assertEquals(
                        List.of(record.length),
                        Records.split(record).stream().map(r -> r.length).toList());
                epochChanged |= Records.type(record) == Records.CHANGE_CIPHER_SPEC;
                assertTrue(Records.epoch(record) == 0 || (epochChanged && finishedAwaited));
            }
        }
    }

    /** The seeds are of no use if they stop at the first message. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "to-server",
                "to-client",
                "to-server-record-by-record",
                "to-server-hello-in-pieces",
                "to-server-forged-alert"
            })
    void theSeedsAreWholeHandshakes(String seed) throws Exception {
        String resource = "DtlsFuzzTestInputs/datagramsOnlyConnectOrFailWithAReason/" + seed;
        try (InputStream file = Objects.requireNonNull(DtlsFuzzTest.class.getResourceAsStream(resource))) {
            byte[] input = file.readAllBytes();
            FuzzedSession session = new FuzzedSession(FuzzedSession.role(input));
            assertNotNull(session.run(FuzzedSession.datagrams(input)));
            if (FuzzedSession.role(input) == DtlsRole.SERVER) {
                assertEquals("the peer closed the session", session.peerEnded());
            }
        }
    }
}
