package dev.rostrum.dtls;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * One direction of a bad network in memory: loses, repeats and reorders, seeded. The worst case for DTLS is one record per
 * datagram, so it can also take datagrams apart.
 */
final class LossyLink implements Consumer<byte[]> {

    private final Random random;
    private final double loss;
    private final double repetition;
    private final double reordering;
    private final boolean oneRecordPerDatagram;
    private final Consumer<byte[]> destination;
    private final List<byte[]> late = new ArrayList<>();

    LossyLink(
            long seed,
            double loss,
            double repetition,
            double reordering,
            boolean oneRecordPerDatagram,
            Consumer<byte[]> destination) {
        this.random = new Random(seed);
        this.loss = loss;
        this.repetition = repetition;
        this.reordering = reordering;
        this.oneRecordPerDatagram = oneRecordPerDatagram;
        this.destination = destination;
    }

    @Override
    public synchronized void accept(byte[] datagram) {
        List<byte[]> parts = oneRecordPerDatagram ? Records.split(datagram) : List.of(datagram);
        for (byte[] part : parts) {
            if (random.nextDouble() < loss) {
                continue;
            }
            if (random.nextDouble() < reordering) {
                late.add(part); // comes behind what comes next
                continue;
            }
            destination.accept(part);
            if (random.nextDouble() < repetition) {
                destination.accept(part);
            }
            deliverLate();
        }
        if (oneRecordPerDatagram) {
            deliverLate(); // else the last record of a flight would rather be lost than late
        }
    }

    private void deliverLate() {
        late.forEach(destination);
        late.clear();
    }
}
