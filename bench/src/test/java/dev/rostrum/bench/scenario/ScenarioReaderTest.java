package dev.rostrum.bench.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.bench.media.Voice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScenarioReaderTest {

    private static final String SMALL = """
        name: small
        variables: {listeners: 10}
        steps:
          - join: {listeners: "${listeners}", rate: 5}
          - measure: {name: m, for: 1s}
        assert: [m.loss <= 0.1 %, m.latency-p99 < 5 ms]
        """;

    @Test
    void whatComesWithTheProductCanBeRead() throws ScenarioException {
        for (String name : ScenarioReader.EMBEDDED) {
            Scenario scenario = ScenarioReader.read(name, Map.of());
            assertEquals(name, scenario.name());
            assertFalse(scenario.about().isEmpty(), name);
        }
    }

    @Test
    void variablesTakeTheValuesThatAreSet() throws ScenarioException {
        Scenario scenario = ScenarioReader.parse(SMALL, Map.of("listeners", "77"));
        assertTrue(scenario.steps().getFirst() instanceof Step.Join join && join.listeners() == 77);
        assertEquals(0.001, scenario.asserts().getFirst().limit(), 1e-12);
        assertEquals(0.005, scenario.asserts().getLast().limit(), 1e-12);
    }

    @Test
    void aShareOfTheListenersCanUseIce4j() throws ScenarioException {
        assertEquals(0, ScenarioReader.parse(SMALL, Map.of()).ice4j());
        assertEquals(
                0.05, ScenarioReader.parse(SMALL + "ice4j: 0.05\n", Map.of()).ice4j());
        assertEquals(1, ScenarioReader.parse(SMALL, Map.of()).withIce4j(1).ice4j());
    }

    @Test
    void mistakesAreNamed() {
        says("ice4j must be a share from 0 to 1", SMALL + "ice4j: 5\n", Map.of());
        says("needs a number ice4j", SMALL + "ice4j: some\n", Map.of());
        says("no variable speakers", SMALL, Map.of("speakers", "3"));
        says("step 1 (join) has a field listener;", SMALL.replace("join: {listeners", "join: {listener"), Map.of());
        says("step 2 (wait) is of no known kind", SMALL.replace("measure", "wait"), Map.of());
        says("step 2 (measure) needs for, a time", SMALL.replace("1s", "soon"), Map.of());
        says("step 2 (measure) needs for, a time", SMALL.replace("1s", "1.2.3s"), Map.of());
        says("stage: speakers must be a whole number from 1", SMALL + "stage: {speakers: 1e12}\n", Map.of());
        says("stage: speakers must be a whole number from 1", SMALL + "stage: {speakers: 0}\n", Map.of());
        says(
                "listeners must be a whole number",
                SMALL.replace("measure: {name: m, for: 1s}", "leave: {listeners: 1e12}"),
                Map.of());
        says("is no assertion", SMALL.replace("<= 0.1 %", "small"), Map.of());
        says("${crowd} is not among the variables", SMALL.replace("${listeners}", "${crowd}"), Map.of());
    }

    @Test
    void aFieldThatIsThereTwiceIsNamedWithItsLine() {
        String twice = SMALL + "about: one\nabout: two\n";

        says("\"about\"", twice, Map.of());
        says("(line 8)", twice, Map.of());
    }

    @Test
    void aDirectoryIsSaidToBeNoScenario(@TempDir Path directory) {
        ScenarioException e =
                assertThrows(ScenarioException.class, () -> ScenarioReader.read(directory.toString(), Map.of()));

        assertEquals(directory + " is a directory; a scenario is a YAML file", e.getMessage());
    }

    private static void says(String what, String text, Map<String, String> settings) {
        ScenarioException e = assertThrows(ScenarioException.class, () -> ScenarioReader.parse(text, settings));
        assertTrue(String.valueOf(e.getMessage()).contains(what), e.getMessage());
    }

    @Test
    void whatWasNotMeasuredDoesNotHold() throws ScenarioException {
        Assertion assertion = Assertion.parse("m.loss <= 1 %");
        Figures figures = new Figures();
        assertFalse(assertion.check(figures).passed());
        figures.put("m.loss", 0.01);
        assertTrue(assertion.check(figures).passed());
        figures.put("m.loss", 0.011);
        assertFalse(assertion.check(figures).passed());
    }

    @Test
    void peopleTalkAsMuchAsTheModelSays() {
        TalkModel model = new TalkModel(13, 1.3, 11);
        List<Voice> voices = new ArrayList<>();
        for (int i = 0; i < 13; i++) {
            voices.add(model.voice());
        }
        int frames = 50 * 60 * 60;
        long talking = 0;
        int silences = 0;
        int overlaps = 0;
        for (int frame = 0; frame < frames; frame++) {
            int now = 0;
            for (Voice voice : voices) {
                int level = voice.levelDbov(frame);
                now += level != Voice.NOTHING && level != Voice.SILENCE ? 1 : 0;
            }
            talking += now;
            silences += now == 0 ? 1 : 0;
            overlaps += now > 1 ? 1 : 0;
        }
        assertEquals(1.3, (double) talking / frames, 0.15);
        assertTrue(silences > frames / 10, "there are silences");
        assertTrue(overlaps > frames / 10, "there are overlaps");
    }

    @Test
    void whoTalksInTurnsNeverTalksMoreNorLessThanWasAskedFor() {
        TalkInTurns turns = new TalkInTurns(13, 2);
        List<Voice> voices = new ArrayList<>();
        for (int i = 0; i < 13; i++) {
            voices.add(turns.voice());
        }
        int[] talked = new int[13];
        for (int frame = 0; frame < 13 * 175; frame++) {
            int now = 0;
            for (int i = 0; i < 13; i++) {
                int level = voices.get(i).levelDbov(frame);
                if (level != Voice.NOTHING && level != Voice.SILENCE) {
                    now++;
                    talked[i]++;
                }
            }
            assertEquals(2, now);
        }
        for (int frames : talked) {
            assertEquals(2 * 175, frames, "each has the floor as often as the others");
        }
    }

    @Test
    void ofAFractionSomebodyTalksForThatPartOfEachTurn() {
        TalkInTurns turns = new TalkInTurns(3, 1.4);
        List<Voice> voices = List.of(turns.voice(), turns.voice(), turns.voice());
        int talking = 0;
        for (int frame = 0; frame < 175; frame++) {
            for (Voice voice : voices) {
                int level = voice.levelDbov(frame);
                talking += level != Voice.NOTHING && level != Voice.SILENCE ? 1 : 0;
            }
        }
        assertEquals(1.4, talking / 175.0, 0.001);
    }

    @Test
    void ofLessThanOneEachHasTheirTurn() {
        TalkInTurns turns = new TalkInTurns(3, 0.2);
        List<Voice> voices = List.of(turns.voice(), turns.voice(), turns.voice());
        int[] talked = new int[3];
        for (int frame = 0; frame < 3 * 175; frame++) {
            for (int i = 0; i < 3; i++) {
                int level = voices.get(i).levelDbov(frame);
                talked[i] += level != Voice.NOTHING && level != Voice.SILENCE ? 1 : 0;
            }
        }
        assertEquals("[35, 35, 35]", Arrays.toString(talked));
    }
}
