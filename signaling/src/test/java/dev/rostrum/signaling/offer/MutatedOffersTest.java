package dev.rostrum.signaling.offer;

import static org.junit.jupiter.api.Assertions.fail;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.signaling.sdp.Offers;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Offers of real clients with lines lost, doubled, swapped and damaged: a cheap fuzzer for every build. */
class MutatedOffersTest {

    private static final int SEEDS = 100;

    @ParameterizedTest
    @FieldSource("dev.rostrum.signaling.sdp.Offers#SHAPES")
    void aDamagedOfferIsAnsweredByTheRulesOrRefused(String shape) {
        List<String> lines = Offers.shape(shape).lines().toList();
        for (int seed = 0; seed < SEEDS; seed++) {
            String text = mutate(lines, new Random(seed));
            try {
                OfferAnswerFuzzTest.check(text, Offers.policy(1, 2));
                OfferAnswerFuzzTest.check(text, Offers.videoPage(VideoCodec.H264, VideoCodec.VP8));
            } catch (RuntimeException | Error e) {
                fail("seed " + seed + ":\n" + text, e);
            }
        }
    }

    private static String mutate(List<String> original, Random random) {
        List<String> lines = new ArrayList<>(original);
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            int at = random.nextInt(lines.size());
            int other = random.nextInt(lines.size());
            switch (random.nextInt(6)) {
                case 0 -> lines.remove(at);
                case 1 -> lines.add(other, lines.get(at));
                case 2 -> Collections.swap(lines, at, other);
                case 3 -> lines.set(at, damage(lines.get(at), random));
                case 4 -> lines.replaceAll(line -> line.startsWith("a=group") ? "a=group:BUNDLE 1 0" : line);
                default ->
                    lines.set(
                            at,
                            lines.get(at).substring(random.nextInt(lines.get(at).length() + 1)));
            }
        }
        return lines.stream().collect(Collectors.joining("\r\n"));
    }

    private static String damage(String line, Random random) {
        if (line.isEmpty()) {
            return "a=";
        }
        char[] chars = line.toCharArray();
        chars[random.nextInt(chars.length)] = (char) (' ' + random.nextInt(95));
        return new String(chars);
    }
}
