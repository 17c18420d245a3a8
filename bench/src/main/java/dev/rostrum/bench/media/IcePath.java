package dev.rostrum.bench.media;

import dev.rostrum.sfu.ice.IceCredentials;
import dev.rostrum.srtp.Slab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A connection's way to the server: how ICE finds it and keeps it, and the socket below. It is there, and can be offered,
 * from its creation on; checks begin with {@link #start}.
 *
 * <p>Any thread may ask for {@link #credentials} and {@link #local}, {@link #renew} and {@link #cut}; all else belongs to
 * the connection's loop.
 */
interface IcePath {

    /** What browsers call the state of ICE. */
    enum State {
        CHECKING,
        CONNECTED,
        DISCONNECTED,
        FAILED
    }

    /** Who hears of it, on the loop. */
    interface Sink {

        /** DTLS, RTP or RTCP has come; the memory may be written, and is the caller's again afterwards. */
        void onDatagram(Slab in, int offset, int lengthBytes, long nowNs);

        /** @param state another one than before */
        void onState(State state, long nowNs);
    }

    /** For the offer. */
    IceCredentials credentials();

    /** For the offer: its only candidate. */
    InetSocketAddress local();

    /** Whether ice4j's agent finds it, not our own. */
    boolean isOfIce4j();

    /** Begins to check. */
    void start(RemoteDescription remote, Sink sink);

    /** Takes new credentials for an ICE restart, whose offer is to have them, and perhaps a new candidate. */
    void renew(RandomGenerator random) throws IOException;

    /** Goes on with the renewed credentials, those of the server, and its candidates; media stays on the old path so long. */
    void restart(IceCredentials remote, List<InetSocketAddress> candidates);

    /**
     * Moves to another port, and checks the path from there at once.
     *
     * @throws IOException if it can't
     */
    void move() throws IOException;

    /** While cut, nothing comes in and nothing goes out, checks included. */
    void cut(boolean now);

    /** Whether there is a path to send along. */
    boolean isFound();

    /** Sends what is in the loop's {@link MediaLoop#out}; whether the system took it. */
    boolean send(int lengthBytes);

    /** Closes the socket. A second time does nothing. */
    void close();
}
