package dev.rostrum.signaling.web;

import dev.rostrum.signaling.admission.Guest;
import dev.rostrum.signaling.admission.Hold;
import dev.rostrum.signaling.admission.Place;
import dev.rostrum.signaling.admission.Verdict;
import dev.rostrum.signaling.model.JoinRequest;
import dev.rostrum.signaling.model.JoinRequest.Door;
import dev.rostrum.signaling.model.Refusal;
import dev.rostrum.signaling.model.Standing;
import dev.rostrum.signaling.protocol.ServerMessage;
import dev.rostrum.signaling.protocol.ServerMessage.ErrorInfo;
import dev.rostrum.signaling.sdp.SdpException;
import dev.rostrum.signaling.sdp.SdpReader;
import dev.rostrum.signaling.web.JoinSocket.Shared;
import org.jspecify.annotations.Nullable;

/**
 * One join between its arrival and its turn. In a crowd its offer is kept as text until then, because reading it is a
 * good part of what a join costs.
 *
 * <p>Begun on the connection's event loop, where the offer is read as well; all else is the signaling loop's.
 */
final class JoinTurn implements Guest {

    /** Its connection; called on the signaling loop. */
    interface Host {
        /** The client stays connected and hears where it stands. */
        void queued(ServerMessage.Queued place);

        /** It is this join's turn. The hold is absent on the way to the stage, and where there is no offer. */
        void enter(JoinRequest request, @Nullable AnswerDraft draft, @Nullable Hold hold);

        void refuse(ErrorInfo error);

        /** Another has taken this join's place in the queue over. */
        void replaced();
    }

    /** How long a place in the queue waits for a page whose WebSocket was lost. */
    private static final long PLACE_KEPT_NS = 30_000_000_000L;

    private final Shared shared;
    private final Portions portions;
    private final String spaceId;
    private final JoinRequest request;
    private final @Nullable String offerText;
    private final Host host;
    private @Nullable AnswerDraft draft;
    private @Nullable String ticket;
    private boolean waiting;
    private boolean lost;

    JoinTurn(
            Shared shared,
            Portions portions,
            String spaceId,
            JoinRequest request,
            @Nullable String offerText,
            @Nullable String ticket,
            Host host) {
        this.shared = shared;
        this.portions = portions;
        this.spaceId = spaceId;
        this.request = request;
        this.offerText = offerText;
        this.ticket = ticket;
        this.host = host;
    }

    /** On the connection's event loop. Fails if the offer can't be used, where that is found out at once. */
    void begin() throws SdpException {
        if (!shared.doorkeeper().crowded()) {
            draft = read();
        }
        shared.loop().execute(this::knock);
    }

    private @Nullable AnswerDraft read() throws SdpException {
        return offerText == null ? null : shared.media().draft(Door.WEBSOCKET, SdpReader.read(offerText));
    }

    private void knock() {
        if (lost) {
            return;
        }
        if (offerText == null) { // nothing that costs anything
            host.enter(request, null, null);
            return;
        }
        Standing standing;
        try {
            standing = shared.spaces().standing(spaceId, request);
        } catch (Refusal e) {
            host.refuse(ErrorInfo.of(e));
            return;
        }
        if (standing == Standing.STAGE) {
            shared.doorkeeper().stage();
            proceed(null);
            return;
        }
        switch (shared.doorkeeper()
                .knock(
                        spaceId,
                        standing == Standing.RETURNING,
                        request.address(),
                        ticket,
                        this,
                        SignalingLoop.nowNs())) {
            case Verdict.Come come -> proceed(come.hold());
            case Verdict.Wait wait -> {
                waiting = true;
                ticket = wait.ticket();
                draft = null;
                onPlace(wait.place());
            }
            case Verdict.Refused refused -> host.refuse(new ErrorInfo("full", refused.sentence(), null));
        }
    }

    @Override
    public void onTurn(Hold hold) {
        waiting = false;
        if (lost) {
            hold.release();
        } else {
            proceed(hold);
        }
    }

    @Override
    public void onEnd() {
        waiting = false;
        host.refuse(new ErrorInfo(Refusal.Code.SPACE_ENDED.text(), "This space has ended.", null));
    }

    @Override
    public void onReplaced() {
        waiting = false;
        host.replaced();
    }

    @Override
    public void onPlace(Place place) {
        String held = ticket;
        if (held != null) {
            host.queued(new ServerMessage.Queued(place.position(), place.estimateSeconds(), place.full(), held));
        }
    }

    /** The connection is gone; its place in the queue waits for it for a moment, unless the client went for good. */
    void lost(boolean forGood) {
        lost = true;
        String held = ticket;
        if (waiting && held != null) {
            long keptNs = forGood ? 0 : PLACE_KEPT_NS;
            shared.doorkeeper().away(held, this, SignalingLoop.nowNs() + keptNs);
        }
    }

    private void proceed(@Nullable Hold hold) {
        AnswerDraft read = draft;
        if (read != null) {
            host.enter(request, read, hold);
            return;
        }
        portions.later(() -> {
            try {
                AnswerDraft late = read();
                shared.loop().execute(() -> host.enter(request, late, hold));
            } catch (SdpException e) {
                shared.loop().execute(() -> {
                    if (hold != null) {
                        hold.release();
                    }
                    host.refuse(JoinConnection.sdp(e));
                });
            }
        });
    }
}
