package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Media;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** A media side that knows which publications it forwards, and confirms at once, or when it is told to. */
final class SimMedia implements Media {

    private record Waiting(Runnable effect, CompletableFuture<Void> confirmed) {}

    /** Endpoint → mid → whether it is forwarded. */
    private final Map<String, Map<String, Boolean>> endpoints = new HashMap<>();

    private final Map<String, Integer> filled = new HashMap<>();
    /** Endpoint → what it wanted to see last. */
    final Map<String, List<Wish>> wishes = new HashMap<>();

    private final List<Waiting> waiting = new ArrayList<>();
    private boolean holding;

    /** What the web layer does: gives an endpoint to the SFU. */
    void add(String endpointId, Session session, List<Publication> publications) {
        Map<String, Boolean> permitted = new HashMap<>();
        publications.forEach(publication -> permitted.put(publication.mid(), session.permitted(publication.source())));
        endpoints.put(endpointId, permitted);
    }

    /** From now on changes wait for {@link #confirm}. */
    void hold() {
        holding = true;
    }

    /** Carries out and confirms what waits. */
    void confirm() {
        holding = false;
        List<Waiting> now = List.copyOf(waiting);
        waiting.clear();
        now.forEach(one -> {
            one.effect().run();
            one.confirmed().complete(null);
        });
    }

    /** Fails what waits. */
    void fail() {
        holding = false;
        List<Waiting> now = List.copyOf(waiting);
        waiting.clear();
        now.forEach(one -> one.confirmed().completeExceptionally(new IllegalStateException("the shard is gone")));
    }

    /** The process died, and this with it. */
    void die() {
        endpoints.clear();
        waiting.clear();
        holding = false;
    }

    boolean has(String endpointId) {
        return endpoints.containsKey(endpointId);
    }

    boolean forwards(String endpointId, String mid) {
        return endpoints.getOrDefault(endpointId, Map.of()).getOrDefault(mid, false);
    }

    /** The endpoints of which anything is forwarded. */
    Set<String> forwarding() {
        Set<String> forwarding = new TreeSet<>();
        endpoints.forEach((endpoint, mids) -> {
            if (mids.containsValue(true)) {
                forwarding.add(endpoint);
            }
        });
        return forwarding;
    }

    @Override
    public CompletionStage<Void> permit(String endpointId, String mid, boolean permitted) {
        Runnable effect = () -> {
            Map<String, Boolean> endpoint = endpoints.get(endpointId);
            if (endpoint != null) {
                endpoint.replace(mid, permitted);
            }
        };
        CompletableFuture<Void> confirmed = new CompletableFuture<>();
        waiting.add(new Waiting(effect, confirmed));
        if (!holding) {
            confirm();
        }
        return confirmed;
    }

    @Override
    public void fillAudioSlots(String endpointId, int count) {
        if (endpoints.containsKey(endpointId)) {
            filled.put(endpointId, count);
        }
    }

    /** How many audio slots an endpoint wants filled. */
    int filled(String endpointId) {
        return filled.getOrDefault(endpointId, Integer.MAX_VALUE);
    }

    @Override
    public void watch(String endpointId, List<Wish> endpointWishes) {
        if (endpoints.containsKey(endpointId)) {
            wishes.put(endpointId, endpointWishes);
        }
    }

    @Override
    public void remove(String endpointId) {
        endpoints.remove(endpointId);
    }
}
