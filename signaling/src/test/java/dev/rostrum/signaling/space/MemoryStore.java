package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.SpaceStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A store in memory that can be slow, or fail. */
final class MemoryStore implements SpaceStore {

    private final Map<String, StoredSpace> spaces = new LinkedHashMap<>();
    private final Map<String, StoredIdentity> identities = new LinkedHashMap<>();
    private final List<Runnable> waiting = new ArrayList<>();
    private boolean holding;
    private boolean failing;

    /** From now on changes wait for {@link #commit}. */
    void hold() {
        holding = true;
    }

    void commit() {
        holding = false;
        List<Runnable> now = List.copyOf(waiting);
        waiting.clear();
        now.forEach(Runnable::run);
    }

    void fail(boolean fails) {
        failing = fails;
    }

    @Override
    public Contents load() {
        return new Contents(List.copyOf(spaces.values()), List.copyOf(identities.values()));
    }

    @Override
    public CompletionStage<Void> save(List<Change> changes) {
        if (failing) {
            return CompletableFuture.failedFuture(new IllegalStateException("the disk is full"));
        }
        CompletableFuture<Void> saved = new CompletableFuture<>();
        waiting.add(() -> {
            changes.forEach(this::apply);
            saved.complete(null);
        });
        if (!holding) {
            commit();
        }
        return saved;
    }

    private void apply(Change change) {
        switch (change) {
            case Change.PutSpace(StoredSpace space) -> spaces.put(space.info().id(), space);
            case Change.DeleteSpace(String id) -> {
                spaces.remove(id);
                identities.values().removeIf(identity -> identity.spaceId().equals(id));
            }
            case Change.DeleteIdentities(String id) ->
                identities.values().removeIf(identity -> identity.spaceId().equals(id));
            case Change.PutIdentity(StoredIdentity identity) ->
                identities.put(identity.spaceId() + "/" + identity.id(), identity);
            case Change.DeleteIdentity(String spaceId, String id) -> identities.remove(spaceId + "/" + id);
        }
    }

    @Override
    public @Nullable String trouble() {
        return failing ? "The disk is full." : null;
    }

    @Override
    public void close() {}
}
