package dev.rostrum.bench.media;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All that one client hears, over the connections that it makes one after the other.
 *
 * <p>Owned by its loop. Nothing is allocated per packet, except for the first of an SSRC.
 */
final class Hearing {

    private static final int MAX_STREAMS = 8;

    final int id;
    final int group;
    private final @Nullable PacketObserver observer;
    private final @Nullable ReceivedStream[] streams = new ReceivedStream[MAX_STREAMS];
    private int streamCount;
    private int[] heard = new int[4];
    private int heardCount;

    // Of connections that are over.
    private long pastExpected;
    private long pastReceived;
    private long pastLost;
    private long pastDuplicates;
    private long pastReordered;
    private long pastGapNs;

    private int connections;
    private long firstPacketNs = -1;
    private long lastPacketNs = -1;
    private long longestSilenceNs;
    private @Nullable MediaConnection connection;
    long forged;
    long checked;
    long sent;

    Hearing(int id, int group, @Nullable PacketObserver observer) {
        this.id = id;
        this.group = group;
        this.observer = observer;
    }

    /** A new connection begins: its SSRCs are new. */
    void onConnection(MediaConnection next) {
        connection = next;
        connections++;
        for (int i = 0; i < streamCount; i++) {
            ReceivedStream stream = stream(i);
            pastExpected += stream.expected();
            pastReceived += stream.received();
            pastLost += stream.lost();
            pastDuplicates += stream.duplicates();
            pastReordered += stream.reordered();
            pastGapNs = Math.max(pastGapNs, stream.longestGapNs());
        }
        Arrays.fill(streams, null);
        streamCount = 0;
    }

    @SuppressWarnings("NullAway") // places below the count are filled
    private ReceivedStream stream(int i) {
        return streams[i];
    }

    void onPacket(int ssrc, int sequenceNumber, int timestamp, int csrc, long nowNs) {
        if (lastPacketNs < 0) {
            firstPacketNs = nowNs;
        } else {
            longestSilenceNs = Math.max(longestSilenceNs, nowNs - lastPacketNs);
        }
        lastPacketNs = nowNs;
        ReceivedStream stream = find(ssrc);
        if (stream == null) {
            if (streamCount == MAX_STREAMS) {
                return;
            }
            streams[streamCount++] = new ReceivedStream(ssrc, sequenceNumber, timestamp, csrc, nowNs);
            remember(csrc);
        } else {
            if (csrc != stream.csrc()) {
                remember(csrc);
            }
            stream.onPacket(sequenceNumber, timestamp, csrc, nowNs);
        }
        if (observer != null) {
            observer.onPacket(id, ssrc, sequenceNumber, csrc, nowNs);
        }
    }

    void onStamp(int speaker, long sentNs) {
        if (observer != null) {
            observer.onStamp(id, speaker, sentNs);
        }
    }

    private void remember(int csrc) {
        for (int i = 0; i < heardCount; i++) {
            if (heard[i] == csrc) {
                return;
            }
        }
        if (heardCount == heard.length) {
            heard = Arrays.copyOf(heard, 2 * heardCount);
        }
        heard[heardCount++] = csrc;
    }

    @Nullable
    ReceivedStream find(int ssrc) {
        for (int i = 0; i < streamCount; i++) {
            ReceivedStream stream = stream(i);
            if (stream.ssrc == ssrc) {
                return stream;
            }
        }
        return null;
    }

    List<ReceivedStream> streams() {
        List<ReceivedStream> list = new ArrayList<>();
        for (int i = 0; i < streamCount; i++) {
            list.add(stream(i));
        }
        return list;
    }

    boolean heardAnything() {
        return firstPacketNs >= 0;
    }

    long firstPacketNs() {
        return firstPacketNs;
    }

    void addTo(LoadTotals.Sum sum) {
        sum.expected += pastExpected;
        sum.received += pastReceived;
        sum.lost += pastLost;
        sum.duplicates += pastDuplicates;
        sum.reordered += pastReordered;
        for (int i = 0; i < streamCount; i++) {
            ReceivedStream stream = stream(i);
            sum.expected += stream.expected();
            sum.received += stream.received();
            sum.lost += stream.lost();
            sum.duplicates += stream.duplicates();
            sum.reordered += stream.reordered();
            sum.longestGapNs = Math.max(sum.longestGapNs, stream.longestGapNs());
        }
        sum.longestGapNs = Math.max(sum.longestGapNs, pastGapNs);
        sum.forged += forged;
        sum.checked += checked;
        sum.sent += sent;
        sum.hearing += firstPacketNs >= 0 ? 1 : 0;
        sum.pictures = sum.pictures.plus(connection == null ? Pictures.NONE : connection.pictures());
        if (connection != null && connection.connected()) {
            sum.connected++;
            sum.ice4j += connection.isOfIce4j() ? 1 : 0;
        }
    }

    ClientFigures figures(long nowNs) {
        LoadTotals.Sum sum = new LoadTotals.Sum();
        addTo(sum);
        Set<Integer> csrcs = new HashSet<>();
        for (int i = 0; i < heardCount; i++) {
            csrcs.add(heard[i]);
        }
        List<SlotFigures> slots =
                streams().stream().map(ReceivedStream::figures).toList();
        long gapNs = pastGapNs;
        for (SlotFigures slot : slots) {
            gapNs = Math.max(gapNs, slot.longestGapNs());
        }
        long silenceNs = lastPacketNs < 0 ? 0 : Math.max(longestSilenceNs, nowNs - lastPacketNs);
        return new ClientFigures(
                id,
                connection != null && connection.connected(),
                connections,
                slots,
                sum.received,
                sum.lost,
                forged,
                checked,
                sent,
                csrcs,
                gapNs,
                silenceNs,
                lastPacketNs);
    }

    /** Counts gaps and silences from here; the streams go on. */
    void forgetExtremes() {
        if (connection != null) {
            connection.forgetExtremes();
        }
        longestSilenceNs = 0;
        pastGapNs = 0;
        for (int i = 0; i < streamCount; i++) {
            stream(i).forgetGap();
        }
    }
}
