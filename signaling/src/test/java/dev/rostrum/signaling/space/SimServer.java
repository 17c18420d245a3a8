package dev.rostrum.signaling.space;

import dev.rostrum.sfu.VideoCodec;
import dev.rostrum.signaling.model.Command;
import dev.rostrum.signaling.model.Connection;
import dev.rostrum.signaling.model.Grant;
import dev.rostrum.signaling.model.JoinRequest;
import dev.rostrum.signaling.model.JoinRequest.Door;
import dev.rostrum.signaling.model.Media.Publication;
import dev.rostrum.signaling.model.Media.Source;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.Role;
import dev.rostrum.signaling.model.SpaceEvent;
import dev.rostrum.signaling.model.SpacesConfig;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A server around {@link Spaces} in virtual time: an event loop, a media side, a store, and clients. */
final class SimServer {

    static final List<Publication> MIC = List.of(new Publication("0", Source.MICROPHONE));
    static final List<Publication> ALL = List.of(
            new Publication("0", Source.MICROPHONE),
            new Publication("1", Source.CAMERA),
            new Publication("2", Source.SCREEN),
            new Publication("3", Source.SCREEN_AUDIO));

    final SimMedia media = new SimMedia();
    final MemoryStore store;
    Spaces spaces;
    long nowNs = 1_000_000_000_000L;
    private final Queue<Runnable> loop = new ArrayDeque<>();
    private final SplittableRandom random;
    private final SpacesConfig config;
    private Instant startedAt = Instant.parse("2026-11-21T10:00:00Z");
    private final long startedNs = nowNs;
    private int endpoints;

    SimServer() {
        this(SpacesConfig.DEFAULT, 1);
    }

    SimServer(SpacesConfig config, long seed) {
        this.config = config;
        this.random = new SplittableRandom(seed);
        this.store = new MemoryStore();
        this.spaces = start();
    }

    private Spaces start() {
        return new Spaces(config, media, store, loop::add, random, this::wallClock);
    }

    Instant wallClock() {
        return startedAt.plusNanos(nowNs - startedNs);
    }

    /** kill -9, and a new process with the same store. */
    void restart() {
        loop.clear();
        media.die();
        spaces = start();
        spaces.restore(store.load(), nowNs);
    }

    /** Lets the event loop do what it has to. */
    void turn() {
        for (Runnable task = loop.poll(); task != null; task = loop.poll()) {
            task.run();
        }
    }

    /** Lets time go by, with every deadline in it at its time. */
    void pass(Duration time) {
        long untilNs = nowNs + time.toNanos();
        turn();
        while (spaces.deadlineNs() <= untilNs) {
            nowNs = Math.max(nowNs, spaces.deadlineNs());
            spaces.onDeadline(nowNs);
            turn();
        }
        nowNs = untilNs;
    }

    Space space() {
        try {
            Space space = spaces.create("A talk", List.of(), true, null, nowNs).space();
            turn();
            return space;
        } catch (Refusal refusal) {
            throw new AssertionError(refusal);
        }
    }

    Space videoSpace() {
        try {
            Space space = spaces.create("A show", List.of(VideoCodec.VP8), true, null, nowNs)
                    .space();
            turn();
            return space;
        } catch (Refusal refusal) {
            throw new AssertionError(refusal);
        }
    }

    /** A client at its WebSocket, with a microphone, hearing what it is told. */
    final class Client implements Connection {
        final Session session;
        final List<SpaceEvent> events = new ArrayList<>();

        @Nullable
        Farewell farewell;

        Client(String spaceId, JoinRequest request, List<Publication> publications) throws Refusal {
            session = spaces.join(spaceId, request, this, nowNs);
            if (!request.keepMedia()) {
                String endpoint = "e" + endpoints++;
                media.add(endpoint, session, publications);
                session.attach(endpoint, publications);
            }
            turn();
        }

        @Override
        public void send(SpaceEvent event) {
            if (farewell != null) {
                throw new AssertionError("told after the farewell: " + event);
            }
            events.add(event);
        }

        @Override
        public void close(Farewell why) {
            if (farewell != null) {
                throw new AssertionError("closed twice");
            }
            farewell = why;
        }

        String id() {
            return session.participant().id();
        }

        Role role() {
            return session.participant().role();
        }

        String endpoint() {
            String endpoint = session.endpointId();
            return endpoint == null ? "" : endpoint;
        }

        boolean heard() {
            return media.forwards(endpoint(), "0");
        }

        /** Whether this camera, screen or sound of a screen is forwarded. */
        boolean shown(Source source) {
            return media.forwards(endpoint(), Integer.toString(source.csrc(0)));
        }

        CompletionStage<Boolean> start(Command command) {
            return session.execute(command, nowNs);
        }

        /** Carries out a command that must succeed. */
        boolean does(Command command) {
            CompletableFuture<Boolean> result = start(command).toCompletableFuture();
            turn();
            return result.getNow(null);
        }

        /** Carries out a command that must be refused. */
        Refusal refused(Command command) {
            CompletableFuture<Boolean> result = start(command).toCompletableFuture();
            turn();
            try {
                result.getNow(false);
            } catch (CompletionException e) {
                if (e.getCause() instanceof Refusal refusal) {
                    return refusal;
                }
                throw e;
            }
            throw new AssertionError(command + " was not refused");
        }

        void disconnects() {
            session.disconnected(nowNs);
            turn();
        }

        void losesMedia() {
            String endpoint = endpoint();
            media.remove(endpoint);
            spaces.endpointClosed(endpoint, "consent expired", nowNs);
            turn();
        }

        /** Neither WebSocket nor media any more. */
        void isLost() {
            disconnects();
            losesMedia();
        }

        <E extends SpaceEvent> List<E> heardOf(Class<E> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }
    }

    Client join(Space space, JoinRequest request) throws Refusal {
        return new Client(
                space.id(),
                request,
                switch (request.door()) {
                    case WHEP -> List.of();
                    case WHIP -> space.info().video() ? ALL.subList(0, 2) : MIC;
                    case WEBSOCKET -> space.info().video() ? ALL : MIC;
                });
    }

    Client host(Space space) throws Refusal {
        return join(space, page(Grant.host(space.id()), null));
    }

    Client invited(Space space, Role role) throws Refusal {
        return join(space, page(Grant.invitation(space.id(), role, null), null));
    }

    Client person(Space space, String sub, Role role) throws Refusal {
        return join(space, page(new Grant(space.id(), role, null, sub), null));
    }

    Client resumed(Space space, @Nullable String resume) throws Refusal {
        return join(space, page(null, resume));
    }

    static JoinRequest page(@Nullable Grant grant, @Nullable String resume) {
        return new JoinRequest(Door.WEBSOCKET, grant, resume, null, "192.0.2.1", false);
    }
}
