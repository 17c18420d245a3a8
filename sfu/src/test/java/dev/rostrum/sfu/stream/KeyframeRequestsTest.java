package dev.rostrum.sfu.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyframeRequestsTest {

    private static final long MS = 1_000_000L;
    private static final long SECOND = 1_000 * MS;

    private final KeyframeRequests requests = new KeyframeRequests(3, SECOND);

    @Test
    void theFirstIsAskedForAtOnceEachEncodingOnItsOwn() {
        assertEquals(0, requests.collect(0));
        assertEquals(KeyframeRequests.NEVER, requests.deadlineNs());
        requests.want(2);
        requests.want(2);
        assertTrue(requests.deadlineNs() <= 0);
        assertEquals(0b100, requests.collect(0));
        requests.want(0);
        requests.want(2);
        assertEquals(0b001, requests.collect(MS));
    }

    @Test
    void itIsAskedForAgainUntilAKeyFrameComes() {
        requests.want(1);
        assertEquals(0b010, requests.collect(0));
        assertEquals(SECOND, requests.deadlineNs());
        assertEquals(0, requests.collect(SECOND - 1));
        assertEquals(0b010, requests.collect(SECOND));
        requests.onKeyFrame(1);
        assertEquals(KeyframeRequests.NEVER, requests.deadlineNs());
        assertEquals(0, requests.collect(5 * SECOND));
    }

    @Test
    void whoMissedTheKeyFrameWaitsForTheInterval() {
        requests.want(1);
        requests.collect(0);
        requests.onKeyFrame(1);
        requests.want(1);
        assertEquals(0, requests.collect(200 * MS));
        assertEquals(SECOND, requests.deadlineNs());
        assertEquals(0b010, requests.collect(SECOND));
    }

    @Test
    void aLongQuietTimeNeedsNoWait() {
        requests.want(1);
        requests.collect(0);
        requests.onKeyFrame(1);
        requests.want(1);
        assertEquals(0b010, requests.collect(60 * SECOND));
    }

    @Test
    void unknownEncodingsAreIgnored() {
        requests.want(-1);
        requests.want(3);
        requests.onKeyFrame(7);
        assertEquals(0, requests.collect(0));
    }

    /** As seen elsewhere: 300 requests in a call of 60 s, because one way to a request had no throttle. */
    @Test
    void aCrowdThatJoinsOrFloodsNeverBypassesTheThrottle() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            KeyframeRequests crowd = new KeyframeRequests(3, SECOND);
            long[] lastNs = {-SECOND, -SECOND, -SECOND};
            int[] asked = new int[3];
            for (long nowNs = 0; nowNs < 60 * SECOND; nowNs += random.nextLong(2 * MS)) {
                crowd.want(random.nextInt(3));
                if (random.nextInt(50) == 0) {
                    crowd.onKeyFrame(random.nextInt(3));
                }
                if (random.nextInt(500) == 0) {
                    crowd.clear();
                }
                int due = crowd.collect(nowNs);
                for (int i = 0; i < 3; i++) {
                    if ((due & 1 << i) != 0) {
                        assertTrue(nowNs - lastNs[i] >= SECOND, "seed " + seed);
                        lastNs[i] = nowNs;
                        asked[i]++;
                    }
                }
            }
            for (int i = 0; i < 3; i++) {
                assertTrue(asked[i] >= 50 && asked[i] <= 60, "seed " + seed + ": " + asked[i]);
            }
        }
    }
}
