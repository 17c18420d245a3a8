package dev.rostrum.signaling.admission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.signaling.admission.SimNode.Machine;
import dev.rostrum.signaling.admission.SimNode.Person;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Crowds at the door of a machine in virtual time. */
final class AdmissionSimTest {

    private static final int CROWD = 3_000;

    /** Lets a crowd knock at a rate, and steps until all are in or the time is over; returns when the last was in. */
    private static double run(SimNode node, List<Person> people, int crowd, double perSecond, double atMostSeconds) {
        double start = node.seconds();
        while (node.in < crowd && node.seconds() - start < atMostSeconds) {
            double due = (node.seconds() - start) * perSecond;
            while (people.size() < crowd && people.size() <= due) {
                people.add(node.knock(people.size(), true));
            }
            node.step();
        }
        return node.seconds() - start;
    }

    /** Asserts that a crowd that comes at 20 times the ideal rate is in within so many times the ideal time. */
    private static void isIn(Machine machine, long seed, double timesIdeal) {
        SimNode node = new SimNode(AdmissionConfig.DEFAULT, machine, seed);
        double ideal = machine.idealSeconds(CROWD);

        double took = run(node, new ArrayList<>(), CROWD, 20 * CROWD / ideal, 100);

        assertEquals(CROWD, node.in, () -> "seed " + seed);
        assertTrue(took <= timesIdeal * ideal, () -> "seed " + seed + ": " + took + " s, ideal " + ideal + " s");
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 2", "5, 3", "20, 4", "1, 5", "2, 6", "5, 7", "20, 8"})
    void aCrowdThatTheNodeCanCarryIsInAlmostAsSoonAsTheMachineAllows(double times, long seed) {
        Machine machine = Machine.usual();
        SimNode node = new SimNode(AdmissionConfig.DEFAULT, machine, seed);
        double ideal = machine.idealSeconds(CROWD);
        List<Person> people = new ArrayList<>();

        double took = run(node, people, CROWD, times * CROWD / ideal, 60);

        assertEquals(CROWD, node.in, () -> "seed " + seed);
        assertTrue(took <= 1.2 * ideal + 0.4, () -> "seed " + seed + ": " + took + " s, ideal " + ideal + " s");
        List<Integer> inOrder = node.letIn.stream().sorted().toList();
        assertEquals(inOrder, node.letIn, () -> "seed " + seed);
        assertTrue(node.worstShardShare < 0.8, () -> "seed " + seed + ": " + node.worstShardShare);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aMachineThatIsSlowerThanThoughtIsFoundOut(long seed) {
        isIn(new Machine(2, 0.006, 0.000_002_5, 50, 0, 0), seed, 1.2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void aMachineThatOthersUseTooStillLetsPeopleIn(long seed) {
        isIn(new Machine(2, 0.0015, 0.000_002_5, 50, 1, 0), seed, 1.3);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void packetsThatOthersMakeLateDoNotKeepPeopleOut(long seed) {
        isIn(new Machine(2, 0.0015, 0.000_002_5, 50, 0, 0.010), seed, 6);
    }

    @Test
    void threeHundredWhoComeAtOnceAfterACalmTimeDoNotWaitForEachOther() {
        SimNode node = new SimNode(AdmissionConfig.DEFAULT, Machine.usual(), 1);
        run(node, new ArrayList<>(), 1, 1, 2);
        for (int i = 0; i < 200; i++) {
            node.step();
        }
        List<Person> people = new ArrayList<>();

        for (int i = 0; i < 300; i++) {
            people.add(node.knock(i, true));
        }

        assertEquals(0, people.stream().filter(person -> person.hold == null).count());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void moreThanItCanCarryAreToldThatItIsFullAndComeInAsOthersLeave(long seed) {
        Machine machine = new Machine(2, 0.0015, 0.000_020, 50, 0, 0); // carries 1,600 at most, within its limit
        SimNode node = new SimNode(AdmissionConfig.DEFAULT, machine, seed);
        List<Person> people = new ArrayList<>();

        run(node, people, 4_000, 20 * 1_000, 20);

        assertTrue(node.worstShardShare <= 0.85, () -> "seed " + seed + ": " + node.worstShardShare);
        assertTrue(node.listeners > 1_100, () -> "seed " + seed + ": " + node.listeners);
        List<Person> waiting = people.stream().filter(p -> p.hold == null).toList();
        for (int i = 0; i < waiting.size(); i++) {
            Place place = Objects.requireNonNull(waiting.get(i).place);
            assertTrue(place.full(), () -> "seed " + seed + ": " + place);
            assertEquals(i + 1, place.position(), () -> "seed " + seed);
        }
        int inBefore = node.letIn.size();
        SplittableRandom random = new SplittableRandom(seed);
        List<Person> inside =
                new ArrayList<>(people.stream().filter(p -> p.inNs >= 0).toList());
        for (int i = 0; i < 200; i++) {
            inside.remove(random.nextInt(inside.size())).leave();
        }
        for (int i = 0; i < 500; i++) {
            node.step();
        }
        int more = node.letIn.size() - inBefore;
        assertTrue(more >= 100 && more <= 300, () -> "seed " + seed + ": " + more + " came in for 200 who left");
        assertEquals(node.letIn.stream().sorted().toList(), node.letIn, () -> "seed " + seed);
    }

    @Test
    void theConfiguredNumberIsNeverPassed() {
        SimNode node = new SimNode(AdmissionConfig.DEFAULT.with(100, 0, 1_000, 0), Machine.usual(), 1);
        List<Person> people = new ArrayList<>();

        run(node, people, 400, 1_000, 5);

        assertEquals(100, node.listeners);
        assertEquals(
                300,
                people.stream().filter(p -> p.place != null && p.place.full()).count());
        people.getFirst().leave();
        for (int i = 0; i < 100; i++) {
            node.step();
        }
        assertEquals(100, node.listeners);
        assertEquals(100, node.letIn.getLast(), "the first in the line came in");
    }

    @Test
    void aLineHasAnEndAndSaysSo() {
        SimNode node = new SimNode(AdmissionConfig.DEFAULT.with(10, 0, 50, 0), Machine.usual(), 1);
        List<Person> people = new ArrayList<>();

        run(node, people, 100, 10_000, 1);

        assertEquals(10 + 50, people.stream().filter(p -> p.refusal == null).count());
        assertEquals(40, people.stream().filter(p -> p.refusal != null).count());
    }

    @Test
    void whoeverIsLetInAndDoesNotComeLosesThePlaceAfterTenSeconds() {
        SimNode node = new SimNode(AdmissionConfig.DEFAULT.with(10, 0, 100, 0), Machine.usual(), 1);
        for (int i = 0; i < 10; i++) {
            node.knock(i, false);
        }
        Person eleventh = node.knock(10, true);
        for (int i = 0; i < 990; i++) {
            node.step();
        }
        assertNull(eleventh.hold, "before ten seconds are over");
        for (int i = 0; i < 110; i++) {
            node.step();
        }
        assertTrue(eleventh.inNs >= 0);
        assertEquals(10, node.doorkeeper.figures().late());
    }

    @Test
    void estimatesAreHonest() {
        SimNode node = new SimNode(AdmissionConfig.DEFAULT, new Machine(2, 0.003, 0.000_002_5, 50, 0, 0), 9);
        List<Person> people = new ArrayList<>();
        while (people.size() < CROWD) {
            people.add(node.knock(people.size(), true));
        }
        for (int i = 0; i < 200; i++) { // after a moment the rate is known
            node.step();
        }
        double toldAt = node.seconds();
        Person last = people.getLast();
        int estimate = Objects.requireNonNull(Objects.requireNonNull(last.place).estimateSeconds());
        run(node, people, CROWD, 1, 60);
        double waited = last.inNs / 1e9 - toldAt;
        assertTrue(
                Math.abs(waited - estimate) <= Math.max(2, 0.5 * waited),
                () -> estimate + " s told, " + waited + " s waited");
    }
}
