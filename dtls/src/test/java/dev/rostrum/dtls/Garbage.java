package dev.rostrum.dtls;

import java.util.Random;
import java.util.function.Consumer;

/** Throws at a transport what an attacker without keys can throw, seeded. */
final class Garbage {

    private static final int KINDS = 9;

    private final Random random;
    private final Consumer<byte[]> target;

    Garbage(long seed, Consumer<byte[]> target) {
        this.random = new Random(seed);
        this.target = target;
    }

    /** Delivers a datagram with garbage before and behind it. */
    void between(byte[] datagram) {
        throwOne();
        target.accept(datagram);
        throwOne();
    }

    void throwSome() {
        for (int i = 0; i < 20; i++) {
            throwOne();
        }
    }

    private void throwOne() {
        target.accept(make());
    }

    private byte[] make() {
        long sequence = random.nextLong() >>> 16;
        return switch (random.nextInt(KINDS)) {
            case 0 -> bytes(random.nextInt(1_600));
            case 1 -> Records.record(20 + random.nextInt(6), random.nextInt(3), sequence, bytes(random.nextInt(200)));
            case 2 -> Records.alert(1 + random.nextInt(2), random.nextInt(120), sequence);
            case 3 -> Records.record(Records.CHANGE_CIPHER_SPEC, 0, sequence, (byte) 1);
            case 4 -> Records.record(Records.APPLICATION_DATA, 0, sequence, bytes(40));
            case 5 -> Records.record(Records.ALERT, 1, sequence, bytes(random.nextInt(30)));
            case 6 -> Records.record(Records.HANDSHAKE, 1, sequence, bytes(40));
            // a message of 16 MB, and one that nobody sends here
            case 7 -> Records.fragment(Records.CLIENT_HELLO, 0xFFFFFF, 0, 0, sequence, bytes(20));
            default -> Records.fragment(4, 20, 1, 0, sequence, bytes(20));
        };
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
