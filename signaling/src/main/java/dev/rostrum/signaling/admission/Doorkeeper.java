package dev.rostrum.signaling.admission;

import dev.rostrum.signaling.admission.Line.Next;
import dev.rostrum.signaling.admission.Line.Waiter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Lets listeners in at the rate and up to the number that this machine carries; the others wait in a line, in the order
 * in which they came. Whoever belongs on the stage never waits.
 *
 * <p>Owned by the signaling loop: every method is called on it, except {@link #crowded} and {@link #figures}. It has no
 * clock and does nothing by itself: {@link #onSample}, about ten times a second, and {@link #onTick} in between drive it.
 */
public final class Doorkeeper {

    private static final long NS_PER_SECOND = 1_000_000_000L;
    private static final int FULL_RETRY_SECONDS = 10;
    private static final int LONGEST_RETRY_SECONDS = 20;

    /** A place is kept so long at least for whoever was told to come back. */
    private static final long LEAST_AWAY_SECONDS = 5;

    private static final int REFUSED_RETRY_SECONDS = 60;

    private static final long PLACES_EVERY_NS = NS_PER_SECOND;
    /** Telling places may not cost what letting in needs. */
    private static final int PLACES_PER_SECOND = 500;
    /** The first in the line are told every second all the same. */
    private static final int FRONT = 20;

    /** So long a shard is over its limit until the server counts as full, and not only as slow. */
    private static final double FULL_AFTER_SECONDS = 2;

    private record OnTheWay(Hold hold, long deadlineNs) {}

    private final AdmissionConfig config;
    private final Headroom headroom;
    private final Pace pace = new Pace();
    private final Line line;
    private final AddressCount addresses;
    private final ArrayDeque<OnTheWay> onTheWay = new ArrayDeque<>();
    private final Map<String, Integer> perSpace = new HashMap<>();
    private final Average throughput = new Average(1);
    private final Predicate<String> open;
    private long nowNs;
    private long sampledNs;
    private boolean sampled;
    private int held;
    private int connected;
    private int letInSinceSample;
    private long placesAtNs;
    private long tellingRound;
    private double exhaustedSeconds;
    private long admitted;
    private long queued;
    private long refused;
    private long late;
    private long ticketsLost;
    private volatile boolean crowded;
    private volatile AdmissionFigures figures = AdmissionFigures.NONE;

    /**
     * @param random of tickets: a {@link java.security.SecureRandom} in the server
     * @param open whether a space is still one to wait for
     */
    public Doorkeeper(AdmissionConfig config, RandomGenerator random, Predicate<String> open) {
        this.open = open;
        this.config = config;
        this.headroom = new Headroom(config);
        this.line = new Line(random);
        this.addresses = new AddressCount(config.perAddress());
    }

    /** Whether whoever comes now will probably have to wait; any thread. */
    public boolean crowded() {
        return crowded;
    }

    /** The figures of the last sample; any thread. */
    public AdmissionFigures figures() {
        return figures;
    }

    /** Somebody goes to the stage, whatever else is going on. What that costs, listeners wait for. */
    public void stage() {
        pace.charge();
    }

    /**
     * A listener wants to come in.
     *
     * @param returning whether they have a place in the space already, and only come back to it
     * @param ticket of an earlier {@link Verdict.Wait}, if they have one
     * @param guest how to tell them; absent for those who must ask again
     */
    public Verdict knock(
            String spaceId,
            boolean returning,
            @Nullable String address,
            @Nullable String ticket,
            @Nullable Guest guest,
            long atNs) {
        Waiter known = ticket == null ? null : line.of(ticket);
        if (known != null && known.spaceId.equals(spaceId)) {
            return again(known, guest, atNs);
        }
        if (addresses.full(address)) {
            refused++;
            return new Verdict.Refused(
                    "Too many from your network are coming in at once; try again in a minute.", REFUSED_RETRY_SECONDS);
        }
        if (line.size() == 0 && (returning || room(spaceId) > 0) && pace.take()) {
            addresses.add(address);
            return new Verdict.Come(letIn(spaceId, address, atNs));
        }
        if (line.size() + line.calledSize() >= config.waiting()) {
            refused++;
            return new Verdict.Refused(
                    "So many are waiting already that there is no place in the queue either; try again in a minute.",
                    REFUSED_RETRY_SECONDS);
        }
        addresses.add(address);
        Waiter waiter = line.join(spaceId, address, returning);
        queued++;
        crowded = true;
        waiter.guest = guest;
        waiter.place = place(waiter, returning ? 1 : limitedBySpace(spaceId) ? line.sizeOf(spaceId) : line.size());
        waiter.told = waiter.place;
        return waitFor(waiter, atNs);
    }

    /** Somebody is back with a ticket. */
    private Verdict again(Waiter waiter, @Nullable Guest guest, long atNs) {
        Hold reserved = waiter.called;
        if (reserved != null) {
            line.remove(waiter);
            setOff(reserved, atNs);
            return new Verdict.Come(reserved);
        }
        Guest former = waiter.guest;
        waiter.guest = guest;
        waiter.told = waiter.place;
        if (guest != null && former != null) {
            former.onReplaced();
        }
        return waitFor(waiter, atNs);
    }

    private Verdict waitFor(Waiter waiter, long atNs) {
        int retrySeconds = retryAfterSeconds(waiter.place);
        waiter.expiresNs = atNs + Math.max(LEAST_AWAY_SECONDS, 2L * retrySeconds) * NS_PER_SECOND;
        return new Verdict.Wait(waiter.ticket, waiter.place, retrySeconds);
    }

    private static int retryAfterSeconds(Place place) {
        Integer estimate = place.estimateSeconds();
        // Half of it: a line moves faster once a server has warmed up, and a place that waits for its owner is
        // nobody's.
        return place.full() || estimate == null
                ? FULL_RETRY_SECONDS
                : Math.clamp(estimate / 2, 1, LONGEST_RETRY_SECONDS);
    }

    /** A guest's connection was lost: the place waits until then for whoever has the ticket. */
    public void away(String ticket, Guest guest, long untilNs) {
        Waiter waiter = line.of(ticket);
        if (waiter != null && guest.equals(waiter.guest)) {
            waiter.guest = null;
            waiter.expiresNs = untilNs;
        }
    }

    private Hold letIn(String spaceId, @Nullable String address, long atNs) {
        Hold hold = reserve(spaceId, address);
        setOff(hold, atNs);
        return hold;
    }

    private Hold reserve(String spaceId, @Nullable String address) {
        held++;
        letInSinceSample++;
        perSpace.merge(spaceId, 1, Integer::sum);
        crowded |= roomOnServer() <= 0;
        return new Hold(this, spaceId, address);
    }

    private void setOff(Hold hold, long atNs) {
        admitted++;
        onTheWay.add(new OnTheWay(hold, atNs + config.connectWithin().toNanos()));
    }

    void onConnected(Hold hold) {
        connected++;
        addresses.remove(hold.address);
    }

    void onReleased(Hold hold) {
        held--;
        perSpace.computeIfPresent(hold.spaceId, (_, count) -> count == 1 ? null : count - 1);
        if (hold.isConnected()) {
            connected--;
        } else {
            addresses.remove(hold.address);
        }
    }

    /** Takes in what was measured, and does what is due: lets in, calls, expires, tells places. */
    public void onSample(LoadSample sample) {
        double seconds = sampled ? Math.max(0, (sample.atNs() - sampledNs) / 1e9) : 0;
        if (!sampled) {
            sampled = true;
            placesAtNs = sample.atNs();
            nowNs = sample.atNs();
        }
        sampledNs = sample.atNs();
        headroom.onSample(sample, connected);
        exhaustedSeconds = headroom.exhausted() ? exhaustedSeconds + seconds : 0;
        pace.onHeadroom(headroom, seconds);
        onTick(sample.atNs());
        expire();
        if (line.size() == 0) {
            throughput.reset(pace.perSecond());
        } else if (seconds > 0) {
            throughput.add(letInSinceSample / seconds, seconds);
        }
        letInSinceSample = 0;
        if (nowNs - placesAtNs >= PLACES_EVERY_NS) {
            placesAtNs = nowNs;
            tellPlaces();
        }
        crowded = line.size() > 0 || roomOnServer() <= 0;
        figures = new AdmissionFigures(
                line.size(),
                line.calledSize(),
                held,
                connected,
                admitted,
                queued,
                refused,
                late,
                ticketsLost,
                capacity(),
                pace.perSecond(),
                headroom.stress(),
                headroom.busyShare(),
                headroom.runDelaySeconds(),
                headroom.longestTurnSeconds(),
                headroom.loopDelaySeconds(),
                headroom.handshakeDelaySeconds(),
                headroom.joinSeconds(),
                headroom.packetSeconds(),
                sample.sfu().handshakeCpuNs() / 1e9,
                sample.sfu().signalingCpuNs() / 1e9);
    }

    /** Lets in who may come by now: often, so that they do not come in heaps that everybody else would have to wait for. */
    public void onTick(long atNs) {
        if (!sampled || atNs - nowNs < 0) {
            return;
        }
        pace.onTime((atNs - nowNs) / 1e9);
        nowNs = atNs;
        if (line.size() > 0) {
            admitFromLine();
        }
    }

    private void expire() {
        for (OnTheWay first = onTheWay.peek(); first != null; first = onTheWay.peek()) {
            boolean arrived = first.hold.isConnected() || first.hold.isReleased();
            if (!arrived && first.deadlineNs - nowNs > 0) {
                break;
            }
            onTheWay.remove();
            if (!arrived) {
                late++;
                first.hold.late();
            }
        }
        line.expireCalled(nowNs, waiter -> {
            ticketsLost++;
            Hold reserved = waiter.called;
            if (reserved != null) {
                reserved.release();
            }
        });
    }

    private void admitFromLine() {
        List<Waiter> called = new ArrayList<>();
        int[] room = {roomOnServer()};
        line.walk(waiter -> {
            if (waiter.guest == null && waiter.expiresNs - nowNs <= 0) {
                ticketsLost++;
                addresses.remove(waiter.address);
                return Next.TAKE;
            }
            if (!waiter.returning) {
                if (room[0] <= 0) {
                    return Next.PASS; // it still may have expired, as others behind it
                }
                if (limitedBySpace(waiter.spaceId)) {
                    return Next.PASS;
                }
            }
            if (!pace.take()) {
                room[0] = 0;
                return waiter.returning ? Next.STOP : Next.PASS;
            }
            room[0]--;
            waiter.called = reserve(waiter.spaceId, waiter.address);
            called.add(waiter);
            return Next.TAKE;
        });
        for (Waiter waiter : called) {
            Hold hold = waiter.called;
            Guest guest = waiter.guest;
            if (hold == null) {
                continue;
            }
            if (guest == null) {
                line.keep(waiter);
            } else {
                setOff(hold, nowNs);
                guest.onTurn(hold);
            }
        }
    }

    /** All who wait learn where they stand: the first often, the others as often as that may cost. */
    private void tellPlaces() {
        sendHome();
        tellingRound++;
        int[] ahead = {0};
        Map<String, Integer> aheadInSpace = new HashMap<>();
        int rounds = 1 + line.size() / PLACES_PER_SECOND;
        line.walk(waiter -> {
            ahead[0]++;
            int inSpace = aheadInSpace.merge(waiter.spaceId, 1, Integer::sum);
            waiter.place = place(waiter, limitedBySpace(waiter.spaceId) ? inSpace : ahead[0]);
            Guest guest = waiter.guest;
            boolean due = ahead[0] <= FRONT || Math.floorMod(waiter.ticket.hashCode(), rounds) == tellingRound % rounds;
            if (guest != null && due && !waiter.place.equals(waiter.told)) {
                waiter.told = waiter.place;
                guest.onPlace(waiter.place);
            }
            return Next.PASS;
        });
    }

    /** Nobody waits for what is over. */
    private void sendHome() {
        Map<String, Boolean> over = new HashMap<>();
        List<Waiter> leaving = new ArrayList<>();
        line.walk(waiter -> {
            if (!over.computeIfAbsent(waiter.spaceId, id -> !open.test(id))) {
                return Next.PASS;
            }
            leaving.add(waiter);
            return Next.TAKE;
        });
        for (Waiter waiter : leaving) {
            addresses.remove(waiter.address);
            Guest guest = waiter.guest;
            if (guest != null) {
                guest.onEnd();
            }
        }
    }

    private Place place(Waiter waiter, int position) {
        if (position > room(waiter.spaceId) && !waiter.returning) {
            return new Place(position, null, true);
        }
        double perSecond = Math.max(0.1, throughput.known() ? throughput.value() : pace.perSecond());
        return new Place(position, (int) Math.clamp(Math.ceil(position / perSecond), 1, 86_400), false);
    }

    private boolean limitedBySpace(String spaceId) {
        return config.listenersPerSpace() > 0 && perSpace.getOrDefault(spaceId, 0) >= config.listenersPerSpace();
    }

    private int room(String spaceId) {
        int onServer = roomOnServer();
        return config.listenersPerSpace() == 0
                ? onServer
                : Math.min(onServer, config.listenersPerSpace() - perSpace.getOrDefault(spaceId, 0));
    }

    private int roomOnServer() {
        return exhaustedSeconds > FULL_AFTER_SECONDS || headroom.exhausted() ? 0 : capacity() - held;
    }

    private int capacity() {
        int measured = headroom.capacity();
        return config.listeners() == 0 ? measured : Math.min(measured, config.listeners());
    }
}
