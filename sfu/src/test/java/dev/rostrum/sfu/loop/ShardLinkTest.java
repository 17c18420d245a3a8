package dev.rostrum.sfu.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.srtp.Slab;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class ShardLinkTest {

    private static final int CAPACITY = 16384;

    private final ShardLink link = new ShardLink(3, CAPACITY, () -> {});
    private final Slab packet = Slab.allocate(2048);
    private final List<String> came = new ArrayList<>();
    private final ShardLink.Handler recorder = new Recorder(came);

    /** Writes down what comes. */
    private record Recorder(List<String> came) implements ShardLink.Handler {

        private static String text(Slab ring, int offset, int lengthBytes) {
            StringBuilder text = new StringBuilder().append(lengthBytes);
            for (int i = 0; i < lengthBytes; i++) {
                if (ring.bytes().get(offset + i) != (byte) (lengthBytes * 7 + i)) {
                    return text.append(" damaged at ").append(i).toString();
                }
            }
            return text.toString();
        }

        @Override
        public void onMedia(int fromShard, long key, Slab ring, int offset, int lengthBytes, long timeNs) {
            came.add("media " + fromShard + " " + key + " " + text(ring, offset, lengthBytes) + " " + timeNs);
        }

        @Override
        public void onNumbers(int fromShard, int type, long a, long b, long c) {
            came.add("numbers " + fromShard + " " + type + " " + a + " " + b + " " + c);
        }

        @Override
        public void onDatagram(
                int fromShard,
                Slab ring,
                int offset,
                int lengthBytes,
                long hi,
                long lo,
                int port,
                int local,
                long timeNs) {
            came.add("datagram " + fromShard + " " + text(ring, offset, lengthBytes) + " " + hi + " " + lo + " " + port
                    + " " + local + " " + timeNs);
        }

        @Override
        public void onObject(int fromShard, Object message) {
            came.add("object " + fromShard + " " + message);
        }
    }

    private void fill(int offset, int lengthBytes) {
        for (int i = 0; i < lengthBytes; i++) {
            packet.bytes().put(offset + i, (byte) (lengthBytes * 7 + i));
        }
    }

    private boolean media(long key, int lengthBytes) {
        fill(5, lengthBytes);
        return link.offerMedia(key, packet, 5, lengthBytes, key * 2);
    }

    @Test
    void messagesOfAllKindsComeOutWholeAndInTheirOrder() {
        assertTrue(link.isEmpty());
        assertEquals(0, link.drain(recorder, 10));
        assertTrue(media(-7, 100));
        assertTrue(link.offerObject("first"));
        assertTrue(link.offerNumbers(-2, Long.MIN_VALUE, 0, Long.MAX_VALUE));
        fill(0, 33);
        assertTrue(link.offerDatagram(packet, 0, 33, -5, 0xffff_7f00_0001L, 65535, 3, 99));
        assertTrue(link.offerObject("second"));
        assertTrue(media(8, 0));
        assertTrue(media(9, 1500));
        assertFalse(link.isEmpty());
        assertEquals(7, link.drain(recorder, 10));
        assertEquals(
                List.of(
                        "media 3 -7 100 -14",
                        "object 3 first",
                        "numbers 3 -2 " + Long.MIN_VALUE + " 0 " + Long.MAX_VALUE,
                        "datagram 3 33 -5 " + 0xffff_7f00_0001L + " 65535 3 99",
                        "object 3 second",
                        "media 3 8 0 16",
                        "media 3 9 1500 18"),
                came);
        assertTrue(link.isEmpty());
    }

    @Test
    void onlyAsManyAreDrainedAsAreAskedFor() {
        for (int i = 0; i < 10; i++) {
            link.offerNumbers(i, 0, 0, 0);
        }
        assertEquals(4, link.drain(recorder, 4));
        assertEquals(4, link.drain(recorder, 4));
        assertEquals(2, link.drain(recorder, 4));
        assertEquals("numbers 3 9 0 0 0", came.getLast());
    }

    @Test
    void aFullRingRefusesMediaFirstAndTakesItAgainWhenDrained() {
        int media = 0;
        while (media(media, 500)) {
            media++;
        }
        assertTrue(media >= 20, "media takes most of the ring, not " + media);
        fill(0, 500);
        assertFalse(link.offerDatagram(packet, 0, 500, 0, 0, 0, 0, 0));
        int numbers = 0;
        while (link.offerNumbers(numbers, 0, 0, 0)) {
            numbers++;
        }
        assertTrue(numbers * 40 >= CAPACITY / 8 - 500, "the last eighth is for numbers, of which came " + numbers);
        assertEquals(media + numbers, link.drain(recorder, Integer.MAX_VALUE));
        assertEquals("media 3 0 500 0", came.getFirst());
        assertEquals("numbers 3 " + (numbers - 1) + " 0 0 0", came.getLast());
        assertTrue(media(1, 500));
        assertTrue(link.offerObject("fits"));
    }

    @Test
    void objectsAreBoundedAndNotKeptOnceDrained() {
        int objects = 0;
        while (link.offerObject(objects)) {
            objects++;
        }
        assertEquals(1024, objects);
        assertTrue(link.offerNumbers(1, 0, 0, 0), "there is room for others");
        assertEquals(1, link.drain(recorder, 1));
        assertTrue(link.offerObject("one more"));
        assertFalse(link.offerObject("and another"));
        assertEquals(1025, link.drain(recorder, Integer.MAX_VALUE));
        assertEquals("object 3 one more", came.getLast());
    }

    @Test
    void aMessageWhoseHandlerThrowsIsGone() {
        link.offerNumbers(1, 0, 0, 0);
        link.offerObject("bad");
        link.offerNumbers(2, 0, 0, 0);
        link.offerObject("good");
        ShardLink.Handler picky = new ShardLink.Handler() {
            @Override
            public void onMedia(int fromShard, long key, Slab ring, int offset, int lengthBytes, long timeNs) {}

            @Override
            public void onNumbers(int fromShard, int type, long a, long b, long c) {
                recorder.onNumbers(fromShard, type, a, b, c);
            }

            @Override
            public void onDatagram(
                    int fromShard,
                    Slab ring,
                    int offset,
                    int lengthBytes,
                    long hi,
                    long lo,
                    int port,
                    int local,
                    long timeNs) {}

            @Override
            public void onObject(int fromShard, Object message) {
                if (message.equals("bad")) {
                    throw new IllegalStateException("bad");
                }
                recorder.onObject(fromShard, message);
            }
        };
        assertThrows(IllegalStateException.class, () -> link.drain(picky, 10));
        assertEquals(2, link.drain(picky, 10));
        assertEquals(List.of("numbers 3 1 0 0 0", "numbers 3 2 0 0 0", "object 3 good"), came);
    }

    @Test
    void theOtherSideIsWokenOnlyIfItSleeps() {
        List<String> woken = new ArrayList<>();
        WakeSignal signal = new WakeSignal(() -> woken.add("woken"));
        ShardLink awake = new ShardLink(0, CAPACITY, signal);
        awake.offerNumbers(1, 0, 0, 0);
        assertEquals(0, woken.size());
        signal.fallAsleep();
        awake.offerNumbers(2, 0, 0, 0);
        awake.offerNumbers(3, 0, 0, 0);
        assertEquals(1, woken.size());
        signal.fallAsleep();
        signal.awake();
        awake.offerNumbers(4, 0, 0, 0);
        assertEquals(1, woken.size());
    }

    @Test
    void anyMixOfOffersAndDrainsKeepsTheOrder() {
        for (long seed = 1; seed <= 50; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            ShardLink ring = new ShardLink(3, CAPACITY, () -> {});
            Queue<String> expected = new ArrayDeque<>();
            List<String> drained = new ArrayList<>();
            Recorder handler = new Recorder(drained);
            for (int step = 0; step < 2000; step++) {
                if (random.nextInt(100) < 45) {
                    ring.drain(handler, random.nextInt(1, 8));
                    for (String message : drained) {
                        assertEquals(expected.poll(), message, "seed " + seed);
                    }
                    drained.clear();
                    continue;
                }
                long number = random.nextLong();
                int length = random.nextInt(1500);
                fill(0, length);
                switch (random.nextInt(4)) {
                    case 0 -> {
                        if (ring.offerMedia(number, packet, 0, length, step)) {
                            expected.add("media 3 " + number + " " + length + " " + step);
                        }
                    }
                    case 1 -> {
                        if (ring.offerNumbers(step, number, ~number, 1)) {
                            expected.add("numbers 3 " + step + " " + number + " " + ~number + " 1");
                        }
                    }
                    case 2 -> {
                        if (ring.offerDatagram(packet, 0, length, number, -number, step, 2, step)) {
                            expected.add(
                                    "datagram 3 " + length + " " + number + " " + -number + " " + step + " 2 " + step);
                        }
                    }
                    default -> {
                        if (ring.offerObject("o" + number)) {
                            expected.add("object 3 o" + number);
                        }
                    }
                }
            }
            ring.drain(handler, Integer.MAX_VALUE);
            assertEquals(List.copyOf(expected), drained, "seed " + seed);
            assertTrue(ring.isEmpty(), "seed " + seed);
        }
    }

    @Test
    @SuppressWarnings("ThreadPriorityCheck") // the test needs no scheduling, it only must not starve on few cores
    void twoThreadsLoseNothingAndMixNothingUp() throws InterruptedException {
        int messages = 300_000;
        ShardLink ring = new ShardLink(1, CAPACITY, () -> {});
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread offering = new Thread(() -> {
            Slab bytes = Slab.allocate(2048);
            try {
                for (int i = 0; i < messages; i++) {
                    int length = i % 600;
                    for (int at = 0; at + 4 <= length; at += 4) {
                        bytes.bytes().putInt(at, i);
                    }
                    while (!(switch (i % 4) {
                        case 0 -> ring.offerMedia(i, bytes, 0, length, i);
                        case 1 -> ring.offerNumbers(i, i, i, i);
                        case 2 -> ring.offerDatagram(bytes, 0, length, i, i, 1, 1, i);
                        default -> ring.offerObject(i);
                    })) {
                        Thread.yield();
                    }
                }
            } catch (Throwable t) {
                failure.set(t);
            }
        });
        offering.start();
        Expecting handler = new Expecting();
        while (handler.next < messages && failure.get() == null) {
            if (ring.drain(handler, 64) == 0) {
                Thread.yield();
            }
        }
        offering.join();
        assertNull(failure.get());
        assertEquals(messages, handler.next);
    }

    /** Expects the messages of the two-thread test, one after the other. */
    private static final class Expecting implements ShardLink.Handler {

        private int next;

        private void check(boolean right) {
            if (!right) {
                throw new AssertionError("message " + next + " is damaged");
            }
            next++;
        }

        private boolean intact(Slab ring, int offset, int lengthBytes) {
            boolean intact = lengthBytes == next % 600;
            for (int at = 0; at + 4 <= lengthBytes; at += 4) {
                intact &= ring.bytes().getInt(offset + at) == next;
            }
            return intact;
        }

        @Override
        public void onMedia(int fromShard, long key, Slab ring, int offset, int lengthBytes, long timeNs) {
            check(next % 4 == 0 && key == next && timeNs == next && intact(ring, offset, lengthBytes));
        }

        @Override
        public void onNumbers(int fromShard, int type, long a, long b, long c) {
            check(next % 4 == 1 && type == next && a == next && b == next && c == next);
        }

        @Override
        public void onDatagram(
                int fromShard,
                Slab ring,
                int offset,
                int lengthBytes,
                long hi,
                long lo,
                int port,
                int local,
                long timeNs) {
            check(next % 4 == 2 && hi == next && lo == next && timeNs == next && intact(ring, offset, lengthBytes));
        }

        @Override
        public void onObject(int fromShard, Object message) {
            check(next % 4 == 3 && message.equals(next));
        }
    }
}
