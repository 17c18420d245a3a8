package dev.rostrum.sfu.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class DeadlinesTest {

    private final Deadlines deadlines = new Deadlines();
    private final List<String> ran = new ArrayList<>();

    private Deadline named(String name) {
        return new Deadline(nowNs -> ran.add(name + "@" + nowNs));
    }

    @Test
    void theyRunInTheOrderOfTheirTimesAndNotBefore() {
        assertEquals(Deadlines.NEVER, deadlines.nextNs());
        deadlines.schedule(named("c"), 30);
        deadlines.schedule(named("a"), 10);
        deadlines.schedule(named("b"), 20);
        assertEquals(10, deadlines.nextNs());
        assertEquals(0, deadlines.runDue(9));
        assertEquals(2, deadlines.runDue(20));
        assertEquals(List.of("a@20", "b@20"), ran);
        assertEquals(30, deadlines.nextNs());
        assertEquals(1, deadlines.runDue(1000));
        assertEquals(Deadlines.NEVER, deadlines.nextNs());
    }

    @Test
    void thoseOfOneTimeRunInTheOrderOfScheduling() {
        Deadline first = named("first");
        deadlines.schedule(first, 5);
        for (int i = 0; i < 20; i++) {
            deadlines.schedule(named("n" + i), 5);
        }
        deadlines.schedule(first, 5); // anew, so it comes last
        deadlines.runDue(5);
        assertEquals("n0@5", ran.getFirst());
        assertEquals("n19@5", ran.get(19));
        assertEquals("first@5", ran.getLast());
    }

    @Test
    void aDeadlineIsMovedOrCancelled() {
        Deadline a = named("a");
        Deadline b = named("b");
        assertFalse(a.scheduled());
        deadlines.cancel(a);
        deadlines.schedule(a, 10);
        deadlines.schedule(b, 20);
        assertTrue(a.scheduled());
        deadlines.schedule(a, 30);
        assertEquals(30, a.atNs());
        deadlines.cancel(b);
        deadlines.cancel(b);
        assertFalse(b.scheduled());
        assertEquals(1, deadlines.size());
        deadlines.schedule(a, 5);
        assertEquals(5, deadlines.nextNs());
        deadlines.runDue(5);
        assertEquals(List.of("a@5"), ran);
    }

    @Test
    void anActionMayScheduleItselfAndOthersWithoutHoldingUpTheCaller() {
        int[] times = {0};
        Deadline[] self = new Deadline[1];
        self[0] = new Deadline(nowNs -> {
            times[0]++;
            deadlines.schedule(self[0], nowNs);
        });
        deadlines.schedule(self[0], 1);
        assertEquals(1, deadlines.runDue(7));
        assertEquals(1, times[0]);
        assertTrue(self[0].scheduled());
        assertEquals(7, deadlines.nextNs());
    }

    @Test
    void anActionThatThrowsIsNotWaitingAnyMore() {
        Deadline bad = new Deadline(nowNs -> {
            throw new IllegalStateException("bad");
        });
        deadlines.schedule(bad, 1);
        deadlines.schedule(named("good"), 2);
        assertThrows(IllegalStateException.class, () -> deadlines.runNext(10));
        assertFalse(bad.scheduled());
        assertTrue(deadlines.runNext(10));
        assertFalse(deadlines.runNext(10));
        assertEquals(List.of("good@10"), ran);
    }

    @Test
    void whomItConcernsIsToldOfWhatAnActionThrows() {
        Deadline bad = new Deadline(
                nowNs -> {
                    throw new IllegalStateException("bad");
                },
                fault -> ran.add(fault.getMessage()));
        deadlines.schedule(bad, 1);
        deadlines.schedule(named("good"), 2);

        assertEquals(2, deadlines.runDue(10));
        assertEquals(List.of("bad", "good@10"), ran);
        assertFalse(bad.scheduled());
    }

    @Test
    void aDeadlineBelongsToOneShard() {
        Deadline a = named("a");
        deadlines.schedule(a, 1);
        Deadlines other = new Deadlines();
        assertThrows(IllegalArgumentException.class, () -> other.schedule(a, 2));
        assertThrows(IllegalArgumentException.class, () -> other.cancel(a));
    }

    /** One deadline of the model. */
    private record Entry(long atNs, long order, int id) {}

    @Test
    void theyDoWhatASortedListDoes() {
        for (long seed = 1; seed <= 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            Deadlines queue = new Deadlines();
            List<Integer> actual = new ArrayList<>();
            List<Integer> expected = new ArrayList<>();
            int count = random.nextInt(1, 300);
            Deadline[] all = new Deadline[count];
            for (int i = 0; i < count; i++) {
                int id = i;
                all[i] = new Deadline(nowNs -> actual.add(id));
            }
            List<Entry> model = new ArrayList<>();
            long order = 0;
            long nowNs = 0;
            for (int step = 0; step < 1500; step++) {
                int id = random.nextInt(count);
                int kind = random.nextInt(10);
                if (kind < 7) {
                    long atNs = nowNs + random.nextInt(50);
                    queue.schedule(all[id], atNs);
                    model.removeIf(entry -> entry.id == id);
                    model.add(new Entry(atNs, order++, id));
                } else if (kind < 9) {
                    queue.cancel(all[id]);
                    model.removeIf(entry -> entry.id == id);
                } else {
                    nowNs += random.nextInt(20);
                    queue.runDue(nowNs);
                    model.sort(Comparator.comparingLong(Entry::atNs).thenComparingLong(Entry::order));
                    while (!model.isEmpty() && model.getFirst().atNs <= nowNs) {
                        expected.add(model.removeFirst().id);
                    }
                }
                assertEquals(model.size(), queue.size(), "seed " + seed);
                assertEquals(
                        model.stream().mapToLong(Entry::atNs).min().orElse(Deadlines.NEVER),
                        queue.nextNs(),
                        "seed " + seed);
            }
            assertEquals(expected, actual, "seed " + seed);
        }
    }
}
