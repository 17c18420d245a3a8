package dev.rostrum.sfu.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AudienceTest {

    private static final class Person implements Audience.Member {
        private boolean onStage;
        private int place = -1;

        @Override
        public boolean goesFirst() {
            return onStage;
        }

        @Override
        public void movedTo(int newPlace) {
            place = newPlace;
        }
    }

    private final Audience<Person> audience = new Audience<>();
    private final List<Person> present = new ArrayList<>();

    /** Serves all as the fan-out does. */
    private List<Person> served() {
        List<Person> served = new ArrayList<>();
        for (int i = audience.count() - 1; i >= 0; i--) {
            served.add(audience.get(i));
        }
        return served;
    }

    private void come(Person person) {
        person.place = audience.add(person);
        present.add(person);
    }

    private void go(Person person) {
        audience.remove(person.place);
        present.remove(person);
    }

    private void assertStageFirst(long seed) {
        List<Person> served = served();
        assertEquals(present.size(), served.size(), () -> "seed " + seed);
        assertEquals(Set.copyOf(present), Set.copyOf(served), () -> "seed " + seed);
        long stage = present.stream().filter(person -> person.onStage).count();
        assertEquals(
                stage,
                served.stream().limit(stage).filter(person -> person.onStage).count(),
                () -> "seed " + seed + ": the crowd was served before the stage");
        for (Person person : present) {
            assertSame(person, audience.get(person.place), () -> "seed " + seed + ": it is not where it thinks");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theStageIsServedFirstWhoeverComesGoesOrIsPromoted(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int step = 0; step < 3_000; step++) {
            int what = random.nextInt(10);
            if (present.isEmpty() || what < 4) {
                Person person = new Person();
                person.onStage = random.nextInt(5) == 0;
                come(person);
            } else {
                Person person = present.get(random.nextInt(present.size()));
                go(person);
                if (what < 7) {
                    person.onStage = !person.onStage;
                    come(person);
                }
            }
            assertStageFirst(seed);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whoeverLeavesWhileAllAreServedMakesNobodyMissAPacketOrGetItTwice(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 200; i++) {
            Person person = new Person();
            person.onStage = random.nextInt(5) == 0;
            come(person);
        }
        Set<Person> expected = new HashSet<>(present);
        List<Person> served = new ArrayList<>();

        for (int i = audience.count() - 1; i >= 0; i--) {
            Person person = audience.get(i);
            served.add(person);
            if (random.nextInt(3) == 0) {
                go(person);
            }
        }

        assertEquals(200, served.size(), () -> "seed " + seed);
        assertEquals(expected, new HashSet<>(served), () -> "seed " + seed);
        assertStageFirst(seed);
    }
}
