package dev.rostrum.bench.media;

import java.util.List;
import java.util.Set;

/**
 * What one client has heard so far, over all its connections.
 *
 * <p>Immutable.
 *
 * @param id the client's number
 * @param connected whether media is connected now
 * @param connections how many media connections it has made
 * @param slots the SSRCs of the present connection
 * @param received packets of all connections
 * @param lost packets of all connections
 * @param forged packets of the sample that could not be authenticated
 * @param checked packets that were decrypted as a sample
 * @param sent packets that it sent as a speaker
 * @param heard the CSRCs of all packets
 * @param longestGapNs of all slots and connections
 * @param longestSilenceNs the longest time without any packet since the first, over reconnects, including the time until
 *     now
 * @param lastPacketNs when the last packet came, on the clock of the load generator; −1 if none has
 */
public record ClientFigures(
        int id,
        boolean connected,
        int connections,
        List<SlotFigures> slots,
        long received,
        long lost,
        long forged,
        long checked,
        long sent,
        Set<Integer> heard,
        long longestGapNs,
        long longestSilenceNs,
        long lastPacketNs) {

    public ClientFigures {
        slots = List.copyOf(slots);
        heard = Set.copyOf(heard);
    }
}
