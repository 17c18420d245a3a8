package dev.rostrum.sfu.udp;

import dev.rostrum.srtp.Slab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * All local UDP addresses of one shard: one socket for each, so that an answer leaves from the address that was asked.
 * Datagrams come and go in batches, in memory that the port owns.
 *
 * <p>Owned by one thread, which alone may call its methods, except {@link #wakeup} and the counters, which any thread
 * may use.
 */
public interface UdpPort extends AutoCloseable {

    /** The longest datagram that is received or sent, in bytes; longer ones are counted and dropped. */
    int MAX_DATAGRAM_BYTES = 1500;

    /** What a port counts. */
    enum Counter {
        /** Handed out by {@link UdpPort#receive}. */
        RECEIVED("Datagrams that were received"),
        RECEIVED_BYTES("Bytes of the datagrams that were received"),
        /** Longer than {@link UdpPort#MAX_DATAGRAM_BYTES}. */
        RECEIVED_TOO_LONG("Datagrams that were dropped because they were too long"),
        /** Whatever caused them, the port goes on. */
        RECEIVE_ERRORS("Failures of a receiving socket"),
        SENT("Datagrams that the system took"),
        SENT_BYTES("Bytes of the datagrams that the system took"),
        /** No route, not permitted, too long, and the like: of this one destination or datagram. */
        SEND_REFUSED("Datagrams that were dropped because the system refused them"),
        /** For longer than a turn may wait. */
        SEND_FULL("Datagrams that were dropped because the socket stayed full");

        private final String help;

        Counter(String help) {
            this.help = help;
        }

        /** What it counts, in the words of {@code GET /metrics}. */
        public String help() {
            return help;
        }
    }

    /**
     * Binds sockets that share their addresses with the other shards' (SO_REUSEPORT), the fastest way this system has.
     *
     * @param locals addresses with their ports, none of them a wildcard; port 0 takes a free one
     * @param portable whether to use {@link ChannelUdpPort} even where {@link LinuxUdpPort} is supported
     * @throws java.net.BindException if an address can't be bound; its message names it. Nothing stays open
     */
    static UdpPort bind(List<InetSocketAddress> locals, boolean portable) throws IOException {
        return !portable && LinuxUdpPort.supported() ? LinuxUdpPort.bind(locals) : ChannelUdpPort.bind(locals);
    }

    /** How many local addresses there are. */
    int localCount();

    /** A local address, with the port that is bound. */
    InetSocketAddress local(int localIndex);

    /**
     * Waits until datagrams are there, but at most so long and not past a {@link #wakeup}, and takes a batch of them.
     * Ends what the last call returned: its memory is written again.
     *
     * @param waitNs 0 or less polls
     * @return the number of datagrams, possibly 0
     */
    int receive(long waitNs);

    /** The memory that holds received datagrams; the caller may change them in place. */
    Slab received();

    /** Where datagram {@code i} of the last batch begins in {@link #received}. */
    int receivedOffset(int i);

    /** Its length in bytes, 0 to {@link #MAX_DATAGRAM_BYTES}. */
    int receivedLength(int i);

    /** The upper half of its source address, as in {@link PeerAddress#hi}. */
    long receivedHi(int i);

    /** The lower half of its source address, as in {@link PeerAddress#lo}. */
    long receivedLo(int i);

    /** Its source port. */
    int receivedPort(int i);

    /** The local address that it was sent to. */
    int receivedLocal(int i);

    /** The memory in which outgoing datagrams are built. */
    Slab outgoing();

    /**
     * A free place for an outgoing datagram, flushing first if the batch is full. The same place is returned again
     * until it is committed, so that a reserved place may be given up.
     *
     * @return its offset in {@link #outgoing}; {@link #MAX_DATAGRAM_BYTES} may be written there, and 64 bytes beyond
     */
    int reserve();

    /**
     * Adds the datagram at the reserved place to the batch. It leaves at the next {@link #flush} at the latest.
     *
     * @param to the peer and the local address that the datagram leaves from
     */
    void commit(int lengthBytes, PeerAddress to);

    /** Sends the batch. What can't be sent is counted and dropped. */
    void flush();

    /** Ends the present or the next wait of {@link #receive}. Any thread; does nothing once the port is closed. */
    void wakeup();

    /** What came, went and was dropped; readable from any thread. */
    Counters<Counter> counters();

    /** What kind of port this is, for the line that the server prints at start. */
    String description();

    /** Closes all sockets. What was committed but not flushed is lost. */
    @Override
    void close();
}
