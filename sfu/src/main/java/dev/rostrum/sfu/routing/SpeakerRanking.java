package dev.rostrum.sfu.routing;

import java.util.Arrays;

/**
 * Decides who is heard when more people make sounds than there are audio slots: an order of the publications that are
 * active now, from their packets' audio levels (RFC 6464).
 *
 * <p>Belongs to the home shard of a space; pure, without allocation per packet. An endpoint with k slots carries the
 * first k of the order that are not its own, so the order is made to be stable at each of its places.
 *
 * <p>How it decides. A publication is <em>ranked</em> from its first audible packet until it has been silent for
 * {@value #HANGOVER_MS} ms; whoever becomes ranked goes to the end, and so gets a slot at once if one is free. Someone
 * behind takes the place of the weakest ahead only with a <em>lead</em>: the time integral of how much stronger they are,
 * in dB·s, which fades while they are silent and grows by at most {@value #MAX_ADVANTAGE_DB} dB·s per second. So a
 * cough, however loud, is over before it displaces a talker, and a small difference must last longer than a big one.
 * Strength is loudness, less a penalty for sounds that are there too seldom to be speech, such as typing.
 *
 * <p>Who pauses gives way sooner: after {@value #PAUSE_MS} ms a third of a second of sound is enough, after
 * {@value #LONG_PAUSE_MS} ms the first packet. Somebody who only made a short sound, or has hardly made any for some
 * seconds, gives way as soon as it is over. Who has just passed somebody can't be passed for {@value #HOLD_MS} ms unless
 * they pause.
 *
 * <p>The idea of comparing activity over several time scales is that of Volfin and Cohen ("Dominant speaker
 * identification for multipoint videoconferencing", 2013); the measure is simpler here, because levels come from the
 * senders.
 */
public final class SpeakerRanking {

    /** How often {@link #tick} is due while anybody is ranked. */
    public static final long TICK_NS = 20_000_000L;

    private static final long NS_PER_MS = 1_000_000L;

    /** Louder than this (−dBov) is audible; what the sender says is voice may be quieter. */
    private static final int AUDIBLE_DBOV = 60;

    private static final int AUDIBLE_VOICE_DBOV = 70;

    /** A publication without levels counts as this loud while it sends more than silence. */
    private static final int UNKNOWN_DBOV = 40;

    /** Opus packets of this length or less hold silence or its continuation (DTX). */
    private static final int SILENT_PAYLOAD_BYTES = 6;

    private static final int ATTACK_MS = 60;
    private static final int RELEASE_MS = 1_000;

    /** Between two packets of continuous speech there is no more time than this, whatever the ptime. */
    private static final int SOUNDING_MS = 80;

    private static final int HANGOVER_MS = 2_000;
    private static final int PAUSE_MS = 400;
    private static final int LONG_PAUSE_MS = 1_000;
    private static final int HOLD_MS = 1_500;

    /** Shorter sounds are coughs, clicks and knocks. */
    private static final int SPEECH_MS = 400;

    /** The time over which the presence is the share of audible sound; below this share there is a penalty. */
    private static final int PRESENCE_MS = 2_000;

    private static final double SPEECH_PRESENCE = 0.5;
    private static final double ABSENCE_DB = 100;

    /** Less than this is no talk, whatever was said before. */
    private static final double NO_PRESENCE = 0.15;

    private static final double MARGIN_DB = 1;
    private static final double MAX_ADVANTAGE_DB = 5;
    private static final double PAUSE_ADVANTAGE_DB = 11;
    private static final double FADE_DB = 4;
    private static final double LEAD_DB_S = 4;

    /** A publication that is ranked, or a spare one that will be. */
    private static final class Source {

        /** Its place in the leads of the others. */
        final int column;

        /** By column of who is ahead, in dB·s. */
        double[] leads;

        long key;
        double loudnessDb;
        double presence;
        boolean audible;
        long lastAudibleNs;
        long placedNs;
        double soundedMs;

        Source(int column, int columns) {
            this.column = column;
            this.leads = new double[columns];
        }

        void start(long key, double levelDb, long nowNs) {
            this.key = key;
            loudnessDb = levelDb;
            presence = SPEECH_PRESENCE; // until it shows
            audible = true;
            lastAudibleNs = nowNs;
            placedNs = nowNs;
            soundedMs = 0;
            Arrays.fill(leads, 0);
        }

        double silentMs(long nowNs) {
            return (double) (nowNs - lastAudibleNs) / NS_PER_MS;
        }

        boolean sounds(long nowNs) {
            return audible && silentMs(nowNs) <= SOUNDING_MS;
        }

        /** How loud, less what is missing to the presence of speech; those who pause are weaker than all others. */
        double strengthDb(long nowNs) {
            double silentMs = silentMs(nowNs);
            return silentMs > PAUSE_MS
                    ? -1_000 - silentMs
                    : loudnessDb - ABSENCE_DB * Math.max(0, SPEECH_PRESENCE - presence);
        }
    }

    /** The ranked ones in their order; behind them the spare ones. */
    private Source[] order = new Source[0];

    private int ranked;
    private final long[] published;
    private int publishedCount;
    private long lastTickNs;

    /**
     * An empty ranking.
     *
     * @param slots how many audio slots an endpoint has at most. Changes are reported of one place more, because an
     *     endpoint that is ranked itself carries the next one instead
     */
    public SpeakerRanking(int slots) {
        published = new long[slots + 1];
    }

    /**
     * Takes the level of a packet. It is ranked before this returns, so that the packet itself can be forwarded.
     *
     * @param key whose packet it is
     * @param levelDbov −dBov: 0 is the loudest, 127 silence
     * @param voice whether the sender found voice in it
     * @return whether the first places changed
     */
    public boolean onLevel(long key, int levelDbov, boolean voice, long nowNs) {
        if (levelDbov > (voice ? AUDIBLE_VOICE_DBOV : AUDIBLE_DBOV)) {
            return onInaudible(key);
        }
        return onAudible(key, levelDbov, nowNs);
    }

    /**
     * Takes a packet of a publication that negotiated no levels: it counts as sound of a middle level unless the payload
     * is too short for any.
     *
     * @return whether the first places changed
     */
    public boolean onUnknownLevel(long key, int payloadLengthBytes, long nowNs) {
        if (payloadLengthBytes <= SILENT_PAYLOAD_BYTES) {
            return onInaudible(key);
        }
        return onAudible(key, UNKNOWN_DBOV, nowNs);
    }

    private boolean onInaudible(long key) {
        int rank = rank(key);
        if (rank >= 0) {
            order[rank].audible = false;
        }
        return false; // time decides when it leaves
    }

    private boolean onAudible(long key, int levelDbov, long nowNs) {
        double levelDb = -levelDbov;
        int rank = rank(key);
        if (rank < 0) {
            if (ranked == 0) {
                lastTickNs = nowNs; // nobody ticked an empty ranking
            }
            append().start(key, levelDb, nowNs);
            climb(ranked - 1, nowNs);
            return publish();
        }
        Source source = order[rank];
        double silentMs = source.silentMs(nowNs);
        double elapsedMs = Math.clamp(silentMs, 0, SOUNDING_MS);
        int timeMs = levelDb > source.loudnessDb ? ATTACK_MS : RELEASE_MS;
        source.loudnessDb += (levelDb - source.loudnessDb) * elapsedMs / (timeMs + elapsedMs);
        source.audible = true;
        source.lastAudibleNs = nowNs;
        if (silentMs > SOUNDING_MS && climb(rank, nowNs)) {
            return publish();
        }
        return false;
    }

    /**
     * Forgets a publication: it ended, or was muted.
     *
     * @return whether the first places changed
     */
    public boolean remove(long key) {
        int rank = rank(key);
        if (rank < 0) {
            return false;
        }
        drop(rank);
        return publish();
    }

    /**
     * Lets time pass: leads grow and fade, publications that fell silent leave. Due every {@link #TICK_NS}; coming late
     * costs accuracy only.
     *
     * @return whether the first places changed
     */
    public boolean tick(long nowNs) {
        double elapsedMs = Math.clamp((double) (nowNs - lastTickNs) / NS_PER_MS, 0, SOUNDING_MS);
        lastTickNs = nowNs;
        for (int rank = ranked - 1; rank >= 0; rank--) {
            Source source = order[rank];
            if (source.silentMs(nowNs) > HANGOVER_MS) {
                drop(rank);
                continue;
            }
            boolean sounds = source.sounds(nowNs);
            source.soundedMs += sounds ? elapsedMs : 0;
            source.presence += ((sounds ? 1 : 0) - source.presence) * elapsedMs / (PRESENCE_MS + elapsedMs);
        }
        for (int behind = 1; behind < ranked; behind++) {
            for (int ahead = 0; ahead < behind; ahead++) {
                growLead(order[behind], order[ahead], elapsedMs / 1_000, nowNs);
            }
        }
        int strongest = strongestChallenger(nowNs);
        while (strongest >= 0) {
            climb(strongest, nowNs);
            strongest = strongestChallenger(nowNs);
        }
        return publish();
    }

    private void growLead(Source challenger, Source holder, double seconds, long nowNs) {
        double growth;
        if (!challenger.sounds(nowNs)) {
            growth = -FADE_DB;
        } else if (holder.silentMs(nowNs) > PAUSE_MS) {
            growth = PAUSE_ADVANTAGE_DB;
        } else {
            growth = Math.clamp(
                    challenger.strengthDb(nowNs) - holder.strengthDb(nowNs) - MARGIN_DB,
                    -MAX_ADVANTAGE_DB,
                    MAX_ADVANTAGE_DB);
        }
        double lead = challenger.leads[holder.column] + growth * seconds;
        challenger.leads[holder.column] = Math.clamp(lead, 0, LEAD_DB_S);
    }

    /** The place of the loudest one that may pass somebody; −1 if nobody may. */
    private int strongestChallenger(long nowNs) {
        int strongest = -1;
        for (int rank = 1; rank < ranked; rank++) {
            if (weakestToPass(rank, nowNs) >= 0
                    && (strongest < 0 || order[rank].strengthDb(nowNs) > order[strongest].strengthDb(nowNs))) {
                strongest = rank;
            }
        }
        return strongest;
    }

    /** Lets the one at this place pass all that it may; whether it passed any. */
    private boolean climb(int from, long nowNs) {
        int rank = from;
        int weakest = weakestToPass(rank, nowNs);
        while (weakest >= 0) {
            rank = exchange(rank, weakest, nowNs);
            weakest = weakestToPass(rank, nowNs);
        }
        return rank != from;
    }

    /** Of those ahead of this place, the weakest that may be passed: nobody else must pay for it. −1 if none may. */
    private int weakestToPass(int rank, long nowNs) {
        int weakest = -1;
        for (int ahead = 0; ahead < rank; ahead++) {
            if (passes(order[rank], order[ahead], nowNs)
                    && (weakest < 0 || order[ahead].strengthDb(nowNs) < order[weakest].strengthDb(nowNs))) {
                weakest = ahead;
            }
        }
        return weakest;
    }

    /**
     * Lets the one at {@code rank} and the one ahead of it at {@code weaker} change their places. Those between who are
     * louder than the climbing one move up before it.
     *
     * @return the new place of the climbing one
     */
    private int exchange(int rank, int weaker, long nowNs) {
        Source challenger = order[rank];
        Source holder = order[weaker];
        challenger.leads[holder.column] = 0;
        holder.leads[challenger.column] = 0;
        challenger.placedNs = nowNs;
        int place = weaker;
        for (int between = weaker + 1; between < rank; between++) {
            if (order[between].strengthDb(nowNs) > challenger.strengthDb(nowNs)) {
                order[place] = order[between];
                place = between;
            }
        }
        order[place] = challenger;
        order[rank] = holder;
        return place;
    }

    private boolean passes(Source challenger, Source holder, long nowNs) {
        if (!challenger.sounds(nowNs)) {
            return false;
        }
        double silentMs = holder.silentMs(nowNs);
        boolean talks = holder.soundedMs >= SPEECH_MS && holder.presence >= NO_PRESENCE;
        if (silentMs > (talks ? LONG_PAUSE_MS : SOUNDING_MS)) {
            return true;
        }
        boolean held = nowNs - holder.placedNs < HOLD_MS * NS_PER_MS && silentMs <= PAUSE_MS;
        return !held && challenger.leads[holder.column] >= LEAD_DB_S;
    }

    /** When {@link #tick} is due; {@code Long.MAX_VALUE} while nobody is ranked. */
    public long deadlineNs() {
        return ranked == 0 ? Long.MAX_VALUE : lastTickNs + TICK_NS;
    }

    /** How many publications are active. */
    public int size() {
        return ranked;
    }

    /** The publication at a place; 0 is the first, and it must be less than {@link #size}. */
    public long key(int rank) {
        if (rank >= ranked) {
            throw new IndexOutOfBoundsException(rank);
        }
        return order[rank].key;
    }

    /** The place of a publication; −1 if it is not active. */
    public int rank(long key) {
        for (int i = 0; i < ranked; i++) {
            if (order[i].key == key) {
                return i;
            }
        }
        return -1;
    }

    /** The first places as they are now: as many as change reports are about, or fewer. */
    public long[] first() {
        return Arrays.copyOf(published, publishedCount);
    }

    private Source append() {
        if (ranked == order.length) {
            int columns = Math.max(8, order.length * 2);
            order = Arrays.copyOf(order, columns);
            for (int i = 0; i < columns; i++) {
                if (i < ranked) {
                    order[i].leads = Arrays.copyOf(order[i].leads, columns);
                } else {
                    order[i] = new Source(i, columns);
                }
            }
        }
        Source source = order[ranked++];
        for (int i = 0; i < ranked; i++) {
            order[i].leads[source.column] = 0;
        }
        return source;
    }

    private void drop(int rank) {
        Source source = order[rank];
        ranked--;
        System.arraycopy(order, rank + 1, order, rank, ranked - rank);
        order[ranked] = source;
    }

    private boolean publish() {
        int count = Math.min(ranked, published.length);
        boolean changed = count != publishedCount;
        for (int i = 0; i < count; i++) {
            changed |= published[i] != order[i].key;
            published[i] = order[i].key;
        }
        publishedCount = count;
        return changed;
    }
}
