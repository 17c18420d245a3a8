package dev.rostrum.sfu.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.rostrum.sfu.loop.Claims.Claim;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

final class ClaimsTest {

    private final Claims<String> claims = new Claims<>();

    @Test
    void theFirstShardToClaimOwns() {
        claims.register("abcd", "endpoint");
        Claim<String> claim = Objects.requireNonNull(claims.find("abcd"));
        assertEquals("endpoint", claim.registration());
        assertEquals(Claims.NOBODY, claim.owner());
        assertEquals(2, claim.claim(2));
        assertEquals(2, claim.claim(0));
        assertEquals(2, claim.claim(2));
        assertEquals(2, claim.owner());
        assertEquals(2, claims.withdraw("abcd"));
        assertNull(claims.find("abcd"));
        assertEquals(Claims.NOBODY, claims.withdraw("abcd"));
    }

    @Test
    void whatIsWithdrawnCannotBeClaimed() {
        Claim<String> claim = claims.register("abcd", "endpoint");
        assertEquals(Claims.NOBODY, claims.withdraw("abcd"));
        assertEquals(Claims.WITHDRAWN, claim.claim(1));
        assertEquals(Claims.WITHDRAWN, claim.owner());
        assertEquals(0, claims.size());
    }

    @Test
    void aRestartedEndpointKeepsItsOwner() {
        Claim<String> claim = claims.register("efgh", "endpoint", 3);
        assertEquals(3, claim.claim(1));
        assertEquals(3, claims.withdraw("efgh"));
    }

    @Test
    void aFragmentIsTakenOnce() {
        claims.register("abcd", "one");
        assertThrows(IllegalStateException.class, () -> claims.register("abcd", "two"));
        assertThrows(IllegalStateException.class, () -> claims.register("abcd", "two", 1));
        assertEquals("one", Objects.requireNonNull(claims.find("abcd")).registration());
    }

    @Test
    void ofManyShardsThatClaimAtOnceAllAgreeOnTheOwner() throws InterruptedException {
        for (int round = 0; round < 200; round++) {
            Claim<String> claim = claims.register("u" + round, "endpoint");
            ConcurrentLinkedQueue<Integer> owners = new ConcurrentLinkedQueue<>();
            CountDownLatch start = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int shard = 0; shard < 4; shard++) {
                int mine = shard;
                threads.add(Thread.ofPlatform().start(() -> {
                    try {
                        start.await();
                    } catch (InterruptedException e) {
                        return;
                    }
                    owners.add(claim.claim(mine));
                }));
            }
            start.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            Set<Integer> distinct = new HashSet<>(owners);
            assertEquals(4, owners.size());
            assertEquals(Set.of(claim.owner()), distinct);
        }
    }
}
