package dev.rostrum.sfu.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rostrum.sfu.CloseReason;
import dev.rostrum.sfu.ExtensionIds;
import dev.rostrum.sfu.MediaKind;
import dev.rostrum.sfu.StreamSpec;
import dev.rostrum.sfu.sim.SimLink;
import dev.rostrum.sfu.transport.DropReason;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The whole SFU in virtual time: ICE, SRTP (keys injected), routing, several shards, bad networks. */
class SfuSimTest {

    private static final long MS = 1_000_000;
    private static final long S = 1_000 * MS;
    private static final int SPACE = 3;
    private static final int SEEDS = 200;

    @Test
    void whoeverIsPublishedIsHeardOnAllShards() {
        SimSfu sfu = new SimSfu(1, 3);
        sfu.world.network().everyLink(SimLink.PERFECT.withDelay(10 * MS, 0));
        SimPeer speaker = sfu.peer("speaker", SPACE, 77, 3);
        List<SimPeer> listeners = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            listeners.add(sfu.peer("listener" + i, SPACE, 0, 3));
        }
        speaker.start();
        listeners.forEach(SimPeer::start);
        sfu.world.runFor(S);
        speaker.speak(20);
        sfu.world.runFor(2 * S);

        long shards = listeners.stream().mapToInt(sfu::shardOf).distinct().count();
        assertEquals(3, shards, "the listeners are not spread over all shards");
        for (SimPeer listener : listeners) {
            assertTrue(listener.received() > 90, listener.spec.id() + " received " + listener.received());
            assertEquals(List.of(), listener.faults, listener.spec.id());
            assertEquals(0, listener.slotLoss());
        }
        assertEquals(0, speaker.received(), "a speaker hears nobody in an empty space");
        assertEquals(List.of("speaker"), sfu.publishing);
    }

    @Test
    void aMutedSpeakerIsSilentEverywhereOnceTheMuteIsConfirmed() {
        SimSfu sfu = new SimSfu(2, 3);
        sfu.world.network().everyLink(SimLink.PERFECT.withDelay(5 * MS, 0));
        SimPeer speaker = sfu.peer("speaker", SPACE, 77, 0);
        List<SimPeer> listeners = new ArrayList<>();
        for (int i = 0; i < 9; i++) {
            listeners.add(sfu.peer("listener" + i, SPACE, 0, 3));
        }
        speaker.start();
        listeners.forEach(SimPeer::start);
        speaker.speak(20);
        sfu.world.runFor(3 * S);

        for (int round = 0; round < 20; round++) {
            CompletableFuture<Void> muted = sfu.permit(speaker, false);
            assertTrue(sfu.world.runUntil(muted::isDone, S), "the mute is never confirmed");
            sfu.world.runFor(6 * MS); // what was on its way to the listeners
            long confirmedNs = sfu.world.nowNs();
            sfu.world.runFor(500 * MS);
            for (SimPeer listener : listeners) {
                assertTrue(
                        listener.heardAt(77) <= confirmedNs,
                        listener.spec.id() + " heard a muted speaker in round " + round);
            }
            CompletableFuture<Void> unmuted = sfu.permit(speaker, true);
            assertTrue(sfu.world.runUntil(unmuted::isDone, S));
            long unmutedNs = sfu.world.nowNs();
            sfu.world.runFor(200 * MS);
            for (SimPeer listener : listeners) {
                assertTrue(listener.heardAt(77) > unmutedNs, listener.spec.id() + " is still deaf");
                assertEquals(List.of(), listener.faults);
            }
        }
        assertTrue(sfu.drops(DropReason.NOT_PERMITTED) > 0);
    }

    @Test
    void theThreeLoudestAreHeardAndNobodyHearsThemselves() {
        SimSfu sfu = new SimSfu(3, 2);
        sfu.world.network().everyLink(SimLink.PERFECT.withDelay(5 * MS, 2 * MS));
        List<SimPeer> stage = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            stage.add(sfu.peer("speaker" + i, SPACE, 100 + i, 3));
        }
        SimPeer listener = sfu.peer("listener", SPACE, 0, 3);
        SimPeer player = sfu.peer("player", SPACE, 0, 1);
        stage.forEach(SimPeer::start);
        listener.start();
        player.start();
        sfu.world.runFor(S);
        for (int i = 0; i < 5; i++) {
            stage.get(i).speak(20 + 8 * i);
        }
        sfu.world.runFor(6 * S);
        long sinceNs = sfu.world.nowNs() - 200 * MS;
        assertEquals(List.of(100, 101, 102), heardSince(listener, sinceNs));
        assertEquals(List.of(100), heardSince(player, sinceNs), "with one slot the loudest is heard");
        assertEquals(List.of(101, 102, 103), heardSince(stage.get(0), sinceNs), "one's own place goes to the next");
        assertEquals(List.of(100, 101, 102), heardSince(stage.get(4), sinceNs));

        stage.get(4).speak(5);
        sfu.world.runFor(3 * S);
        assertEquals(List.of(100, 101, 104), heardSince(listener, sfu.world.nowNs() - 200 * MS));
        for (SimPeer peer : stage) {
            assertEquals(List.of(), peer.faults, peer.spec.id());
        }
        assertEquals(List.of(), listener.faults);
        assertEquals(0, listener.slotLoss(), "a switch must not look like loss");
    }

    @Test
    void whoeverIsOnTheStageHearsItBeforeTheCrowd() {
        SimSfu sfu = new SimSfu(11, 1);
        sfu.world.network().everyLink(SimLink.PERFECT.withDelay(5 * MS, 0));
        // One datagram after the other leaves the server, so that arrivals tell their order.
        sfu.world.network().uplink(SimSfu.ADDRESS, SimLink.PERFECT.withRate(100_000_000, 1_000_000));
        SimPeer speaker = sfu.peer("speaker", SPACE, 77, 3);
        SimPeer first = sfu.peer("first on stage", SPACE, 78, 3);
        List<SimPeer> crowd = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            crowd.add(sfu.peer("listener" + i, SPACE, 0, 3));
        }
        SimPeer promoted = sfu.peer("promoted", SPACE, 79, 3);
        SimPeer last = sfu.peer("last listener", SPACE, 0, 3);
        crowd.add(last);
        var _ = sfu.permit(promoted, false);
        speaker.start();
        first.start();
        crowd.forEach(SimPeer::start);
        promoted.start();
        sfu.world.runFor(S);
        speaker.speak(20);
        sfu.world.runFor(S);

        assertTrue(first.heardAt(77) < earliest(crowd), "one on the stage heard after a listener");
        assertTrue(promoted.heardAt(77) > first.heardAt(77), "one who is not on the stage heard before who is");
        CompletableFuture<Void> done = sfu.permit(promoted, true);
        sfu.world.runFor(S);
        assertTrue(done.isDone());
        assertTrue(
                Math.max(first.heardAt(77), promoted.heardAt(77)) < earliest(crowd), "promoted, but not served first");
        var _ = sfu.permit(first, false);
        sfu.world.runFor(S);
        assertTrue(promoted.heardAt(77) < Math.min(first.heardAt(77), earliest(crowd)), "demoted, but served first");
    }

    private static long earliest(List<SimPeer> crowd) {
        return crowd.stream().mapToLong(peer -> peer.heardAt(77)).min().orElseThrow();
    }

    @Test
    void aListenerHearsAsManyOfTheLoudestAsItWants() {
        SimSfu sfu = new SimSfu(9, 2);
        sfu.world.network().everyLink(SimLink.PERFECT.withDelay(5 * MS, 2 * MS));
        List<SimPeer> stage = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            stage.add(sfu.peer("speaker" + i, SPACE, 100 + i, 3));
        }
        SimPeer modest = sfu.peer("modest", SPACE, 0, 3);
        SimPeer listener = sfu.peer("listener", SPACE, 0, 3);
        sfu.registration(modest).execute(endpoint -> endpoint.fillAudioSlots(2)); // before it has connected
        stage.forEach(SimPeer::start);
        modest.start();
        listener.start();
        sfu.world.runFor(S);
        for (int i = 0; i < 4; i++) {
            stage.get(i).speak(20 + 8 * i);
        }
        sfu.world.runFor(6 * S);
        assertEquals(List.of(100, 101), heardSince(modest, sfu.world.nowNs() - 200 * MS));

        for (int wanted : new int[] {1, 0, 3, 2, 64}) {
            sfu.registration(modest).execute(endpoint -> endpoint.fillAudioSlots(wanted));
            sfu.world.runFor(S);
            long before = modest.received();
            long sinceNs = sfu.world.nowNs() - 200 * MS;
            assertEquals(List.of(100, 101, 102).subList(0, Math.min(3, wanted)), heardSince(modest, sinceNs));
            assertEquals(List.of(100, 101, 102), heardSince(listener, sinceNs), "another's wish changes nothing");
            sfu.world.runFor(S);
            assertTrue(wanted > 0 || modest.received() == before, "nothing wanted, and yet something came");
        }
        assertEquals(List.of(), modest.faults);
        assertEquals(0, modest.slotLoss());
    }

    @Test
    void aSilentSpeakerCostsTheListenersNothing() {
        SimSfu sfu = new SimSfu(4, 2);
        sfu.world.network().everyLink(SimLink.PERFECT.withDelay(5 * MS, 0));
        SimPeer speaker = sfu.peer("speaker", SPACE, 77, 0);
        SimPeer listener = sfu.peer("listener", SPACE, 0, 3);
        speaker.start();
        listener.start();
        speaker.speak(20);
        sfu.world.runFor(3 * S);
        speaker.speak(127);
        sfu.world.runFor(10 * S);
        long before = listener.received();
        sfu.world.runFor(10 * S);
        assertEquals(before, listener.received());
        speaker.speak(20);
        sfu.world.runFor(100 * MS);
        assertTrue(listener.heardAt(77) > sfu.world.nowNs() - 50 * MS, "the voice is not back at once");
    }

    @Test
    void mediaFollowsTheNewAddressOfAClientAtItsNextCheck() {
        SimSfu sfu = new SimSfu(5, 3);
        sfu.world.network().everyLink(SimLink.PERFECT.withDelay(20 * MS, 0));
        SimPeer speaker = sfu.peer("speaker", SPACE, 77, 0);
        SimPeer listener = sfu.peer("listener", SPACE, 0, 3);
        speaker.start();
        listener.start();
        speaker.speak(20);
        sfu.world.runFor(3 * S);
        for (int i = 0; i < 10; i++) {
            rebind(sfu, listener, i);
            rebind(sfu, speaker, 100 + i);
            sfu.world.runFor(4 * S); // a check comes every 2.5 to 3 s
            assertTrue(
                    listener.heardAt(77) > sfu.world.nowNs() - 100 * MS,
                    "nothing is heard after rebinding number " + i);
        }
        assertEquals(List.of(), listener.faults);
    }

    @Test
    void anEndpointWithoutChecksEndsAfterThirtySeconds() {
        SimSfu sfu = new SimSfu(6, 2);
        SimPeer speaker = sfu.peer("speaker", SPACE, 77, 0);
        speaker.start();
        sfu.world.runFor(2 * S);
        assertEquals(1, sfu.openEndpoints());
        speaker.vanish();
        sfu.world.runFor(25 * S);
        assertEquals(1, sfu.openEndpoints());
        sfu.world.runFor(10 * S);
        assertEquals(0, sfu.openEndpoints());
        assertEquals(CloseReason.CONSENT_EXPIRED, sfu.closed.get("speaker"));
        assertEquals(0, sfu.openRouters(), "a router outlived its space");
    }

    @Test
    void aPublisherThatChecksOnlyOnceStaysForAsLongAsItSends() {
        SimSfu sfu = new SimSfu(12, 2);
        SimPeer speaker = sfu.peer("speaker", SPACE, 77, 0);
        SimPeer listener = sfu.peer("listener", SPACE, 0, 1);
        speaker.checkOnce();
        speaker.start();
        listener.start();
        speaker.speak(20);
        sfu.world.runFor(120 * S);
        assertEquals(2, sfu.openEndpoints(), () -> "ended: " + sfu.closed);
        assertTrue(listener.heardAt(77) > sfu.world.nowNs() - 100 * MS);

        speaker.stopSpeaking();
        sfu.world.runFor(29 * S);
        assertEquals(2, sfu.openEndpoints());
        sfu.world.runFor(2 * S);
        assertEquals(CloseReason.CONSENT_EXPIRED, sfu.closed.get("speaker"));
    }

    @Test
    void anAddressThatAForgedCheckTookAwayIsBackAtTheNextCheck() {
        for (int seed = 0; seed < 12; seed++) {
            SimSfu sfu = new SimSfu(100 + seed, 3); // on all shards: the check comes to the owner's or to another
            sfu.world.network().everyLink(SimLink.PERFECT.withDelay(5 * MS, 0));
            SimPeer speaker = sfu.peer("speaker", SPACE, 77, 0);
            SimPeer thief = sfu.peer("thief", SPACE, 0, 1);
            speaker.start();
            thief.start();
            speaker.speak(20);
            sfu.world.runFor(3 * S);
            assertTrue(thief.heardAt(77) > sfu.world.nowNs() - 100 * MS);
            speaker.forgeCheckOf(thief);
            sfu.world.runFor(10 * MS);
            // The thief's path is the speaker's address now, until it nominates its own again.
            sfu.world.runFor(4 * S);
            assertTrue(
                    thief.heardAt(77) > sfu.world.nowNs() - 100 * MS,
                    "seed " + seed + ": the speaker is not heard any more");
        }
    }

    @Test
    void aPeerThatChecksButNeverShakesHandsLosesItsPlace() {
        SimSfu sfu = new SimSfu(8, 1);
        SimPeer peer = sfu.peer("mute-peer", SPACE, 77, 1);
        peer.start();
        sfu.world.runFor(28 * S);
        assertEquals(1, sfu.openEndpoints());
        sfu.world.runFor(5 * S);
        assertEquals(0, sfu.openEndpoints());
        assertEquals(CloseReason.HANDSHAKE_FAILED, sfu.closed.get("mute-peer"));
    }

    @Test
    void garbageDisturbsNobody() {
        SimSfu sfu = new SimSfu(7, 2);
        SimPeer speaker = sfu.peer("speaker", SPACE, 77, 0);
        SimPeer listener = sfu.peer("listener", SPACE, 0, 3);
        speaker.start();
        listener.start();
        speaker.speak(20);
        var attacker = sfu.world.host(new InetSocketAddress("10.9.9.9", 666));
        SplittableRandom random = new SplittableRandom(7);
        for (int i = 0; i < 3000; i++) {
            byte[] bytes = new byte[random.nextInt(1, 300)];
            random.nextBytes(bytes);
            attacker.send(bytes, SimSfu.ADDRESS);
            sfu.world.runFor(MS);
        }
        assertTrue(listener.heardAt(77) > sfu.world.nowNs() - 100 * MS);
        assertEquals(List.of(), listener.faults);
        assertEquals(2, sfu.openEndpoints());
        assertTrue(sfu.drops(DropReason.UNKNOWN_ADDRESS) > 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void noSeedOfABadNetworkLeavesAnEndpointStuck(int shardCount) {
        for (int seed = 0; seed < SEEDS; seed++) {
            if (seed % 3 + 1 == shardCount) { // each seed once, with one number of shards
                badNetwork(seed, shardCount);
            }
        }
    }

    private static void badNetwork(long seed, int shardCount) {
        String where = "seed " + seed + ", " + shardCount + " shards: ";
        SimSfu sfu = new SimSfu(seed, shardCount);
        SplittableRandom random = new SplittableRandom(seed);
        SimLink link = SimLink.PERFECT
                .withDelay(random.nextLong(1, 300) * MS, random.nextLong(1, 40) * MS)
                .withLoss(0.10)
                .withDuplicates(0.05)
                .withReordering(0.05, 30 * MS);
        sfu.world.network().everyLink(link);
        sfu.world.unsteady(0.01, 5 * MS);
        SimPeer first = sfu.peer("first", SPACE, 11, 2);
        SimPeer second = sfu.peer("second", SPACE, 22, 2);
        List<SimPeer> listeners = List.of(sfu.peer("l0", SPACE, 0, 3), sfu.peer("l1", SPACE, 0, 3));
        List<SimPeer> everybody = List.of(first, second, listeners.get(0), listeners.get(1));
        everybody.forEach(SimPeer::start);
        first.speak(20);
        second.speak(30);
        assertTrue(
                sfu.world.runUntil(() -> everybody.stream().allMatch(SimPeer::connected), 10 * S),
                where + "not everybody connected");
        sfu.world.runFor(2 * S);

        rebind(sfu, first, 1);
        rebind(sfu, listeners.get(0), 2);
        listeners.get(1).restart(sfu.restartIce(listeners.get(1)));
        sfu.world.runFor(7 * S); // two checks may be lost
        long sinceNs = sfu.world.nowNs() - S;
        for (SimPeer listener : listeners) {
            assertEquals(List.of(11, 22), heardSince(listener, sinceNs), where + listener.spec.id());
        }
        for (SimPeer peer : everybody) {
            assertEquals(List.of(), peer.faults, where + peer.spec.id());
            assertFalse(sfu.closed.containsKey(peer.spec.id()), where + peer.spec.id() + " was closed");
        }
        everybody.forEach(SimPeer::vanish);
        sfu.world.runFor(40 * S);
        assertEquals(0, sfu.openEndpoints(), where + "endpoints are stuck");
        assertEquals(0, sfu.openRouters(), where + "routers are stuck");
        assertEquals(4, sfu.closed.size(), where);
    }

    @Test
    void manyBeginningsOfOneSourceDoNotMakeAnotherUnknown() {
        SimSfu sfu = new SimSfu(14, 1);
        sfu.world.network().everyLink(SimLink.PERFECT.withDelay(5 * MS, 0));
        StreamSpec.Publish screen = new StreamSpec.Publish(
                "scr", MediaKind.AUDIO, SimPeer.PAYLOAD_TYPE, 48_000, SimPeer.EXTENSIONS, List.of(), 78, true);
        SimPeer speaker = sfu.peer("speaker", SPACE, 77, List.of(screen));
        speaker.start();
        sfu.world.runFor(S);
        // As browsers do, the mid goes only until the server must have it (RFC 9143 §9.2 keeps what was learned).
        speaker.sendRtp(voice(1000, 1, "mic"), 20);
        for (int i = 0; i < 12; i++) {
            speaker.sendRtp(voice(2000 + i, 1, "scr"), 20);
        }
        speaker.sendRtp(voice(1000, 2, ""), 12);
        sfu.world.runFor(S);
        assertEquals(0, sfu.drops(DropReason.RTP_UNKNOWN_STREAM));
    }

    private static byte[] voice(int ssrc, int sequenceNumber, String mid) {
        ByteBuffer packet = ByteBuffer.allocate(12 + (mid.isEmpty() ? 0 : 8) + 40);
        packet.put((byte) (mid.isEmpty() ? 0x80 : 0x90)).put((byte) SimPeer.PAYLOAD_TYPE);
        packet.putShort((short) sequenceNumber).putInt(960 * sequenceNumber).putInt(ssrc);
        if (!mid.isEmpty()) {
            packet.putInt(0xBEDE_0001).put((byte) (SimPeer.EXTENSIONS.mid() << 4 | 2));
            packet.put(mid.getBytes(StandardCharsets.US_ASCII));
        }
        return packet.array();
    }

    @Test
    void whoeverCannotBeOpenedHasEndedAndLeavesNothingBehind() {
        SimSfu sfu = new SimSfu(12, 2);
        sfu.world.network().everyLink(SimLink.PERFECT.withDelay(5 * MS, 0));
        // The same id for two header extensions: nothing lets that in, so it stands for any mistake of our own.
        ExtensionIds twice = new ExtensionIds(4, 4, 0, 0, 0, 0, 0, 0, 0);
        SimPeer halfOpen = sfu.peer(
                "half open",
                SPACE,
                77,
                List.of(new StreamSpec.Slot("bad", MediaKind.AUDIO, SimPeer.PAYLOAD_TYPE, 48_000, twice, 5)));
        SimPeer unopened = sfu.peer("unopened", SPACE, 78, 1);
        sfu.unopenable.add("unopened");
        halfOpen.start();
        unopened.start();
        sfu.world.runFor(S);

        assertEquals(
                Map.of("half open", CloseReason.INTERNAL_ERROR, "unopened", CloseReason.INTERNAL_ERROR), sfu.closed);
        assertTrue(sfu.registration(halfOpen).ended());
        assertTrue(sfu.registration(unopened).ended());
        assertEquals(0, sfu.openEndpoints());
        assertEquals(0, sfu.openRouters(), "the space has ended with the only two who were to come");
        assertTrue(sfu.drops(DropReason.STUN_UNKNOWN_UFRAG) > 0, "their ufrags are forgotten");
    }

    @Test
    void anEndThatFailsKeepsNobodyFromEnding() {
        SimSfu sfu = new SimSfu(13, 1);
        sfu.world.network().everyLink(SimLink.PERFECT.withDelay(5 * MS, 0));
        List<SimPeer> peers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            peers.add(sfu.peer("peer" + i, SPACE, 0, 1));
        }
        sfu.unended.add("peer0");
        peers.forEach(SimPeer::start);
        sfu.world.runFor(S);
        assertEquals(3, sfu.openEndpoints());

        sfu.world.shards().getFirst().execute(sfu.shards.getFirst()::closeAll);
        sfu.world.runFor(S);
        assertEquals(0, sfu.openEndpoints());
        assertEquals(3, sfu.closed.size());
    }

    private static void rebind(SimSfu sfu, SimPeer peer, int number) {
        InetSocketAddress inner = peer.address();
        sfu.world
                .network()
                .rebind(inner, new InetSocketAddress("10.200." + number % 250 + ".1", 40_000 + inner.getPort() % 1000));
    }

    private static List<Integer> heardSince(SimPeer peer, long sinceNs) {
        return peer.heardAtNs.entrySet().stream()
                .filter(entry -> entry.getValue() >= sinceNs)
                .map(entry -> entry.getKey())
                .sorted()
                .toList();
    }
}
