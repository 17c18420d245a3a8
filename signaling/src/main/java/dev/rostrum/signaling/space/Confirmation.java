package dev.rostrum.signaling.space;

import dev.rostrum.signaling.model.Media;
import dev.rostrum.signaling.model.Refusal;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Waits until a change holds: on the media side, so that nothing is forwarded that must not be, and in the store.
 *
 * <p>Owned by the event loop of {@link Spaces}: answers from other threads hop onto it. If the media side fails or is
 * late with a change that takes something away, the endpoint is cut instead. If the store is, the change stands but is
 * not durable yet.
 */
final class Confirmation {

    private final CompletableFuture<Boolean> result = new CompletableFuture<>();
    private final Media media;
    private final @Nullable String endpointId;
    private int mediaPending;
    private boolean storePending;
    private boolean durable;

    private Confirmation(Media media, @Nullable String endpointId) {
        this.media = media;
        this.endpointId = endpointId;
    }

    /**
     * @param revocations what the media side must confirm
     * @param endpointId the endpoint to cut if it doesn't
     * @param saved what the store must confirm; absent if nothing is to be stored
     * @return completes on the loop, never within this call
     */
    static CompletableFuture<Boolean> await(
            Media media,
            List<CompletionStage<Void>> revocations,
            @Nullable String endpointId,
            @Nullable CompletionStage<Void> saved,
            Executor loop,
            Agenda agenda,
            long lateAtNs) {
        Confirmation confirmation = new Confirmation(media, endpointId);
        confirmation.mediaPending = revocations.size();
        confirmation.storePending = saved != null;
        confirmation.durable = true;
        for (CompletionStage<Void> revocation : revocations) {
            revocation.whenComplete((_, failure) -> loop.execute(() -> confirmation.onMedia(failure)));
        }
        if (saved != null) {
            saved.whenComplete((_, failure) -> loop.execute(() -> confirmation.onStore(failure)));
        }
        if (revocations.isEmpty() && saved == null) {
            loop.execute(confirmation::completeIfDone);
        } else {
            agenda.at(lateAtNs, _ -> confirmation.onLate());
        }
        return confirmation.result;
    }

    private void onMedia(@Nullable Throwable failure) {
        if (failure != null && endpointId != null) {
            media.remove(endpointId);
        }
        mediaPending--;
        completeIfDone();
    }

    private void onStore(@Nullable Throwable failure) {
        storePending = false;
        durable = failure == null;
        completeIfDone();
    }

    private void onLate() {
        if (result.isDone()) {
            return;
        }
        if (mediaPending > 0) {
            if (endpointId != null) {
                media.remove(endpointId);
            }
            result.completeExceptionally(new Refusal(
                    Refusal.Code.UNCONFIRMED, "The media side did not confirm in time; the connection was cut."));
        } else {
            result.complete(false);
        }
    }

    private void completeIfDone() {
        if (mediaPending == 0 && !storePending) {
            result.complete(durable);
        }
    }
}
