package dev.rostrum.sfu.udp;

import dev.rostrum.srtp.Slab;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * A port on any system: {@link DatagramChannel} and {@link Selector}. Waits end at whole milliseconds, rounded up.
 *
 * <p>Owned by one thread, as {@link UdpPort} says. Allocates an address per datagram.
 */
public final class ChannelUdpPort implements UdpPort {

    private static final int BATCH = 64;
    private static final int STRIDE = 1600;
    private static final int SOCKET_BUFFER_BYTES = 4 << 20;
    private static final long SEND_WAIT_NS_PER_TURN = 2_000_000;
    private static final long SEND_RETRY_NS = 50_000;

    private final List<InetSocketAddress> locals;
    private final DatagramChannel[] channels;
    private final Selector selector;
    private final String description;
    private final Counters<Counter> counters = new Counters<>(Counter.class);

    private final Slab received = Slab.allocate(BATCH * STRIDE);
    private final ByteBuffer[] receivedViews = new ByteBuffer[BATCH]; // one byte longer than a datagram may be
    private final int[] receivedSlots = new int[BATCH];
    private final int[] receivedLengths = new int[BATCH];
    private final int[] receivedLocals = new int[BATCH];
    private final PeerAddress[] receivedFrom = new PeerAddress[BATCH];

    private final Slab outgoing = Slab.allocate(BATCH * STRIDE);
    private final ByteBuffer[] outgoingViews = new ByteBuffer[BATCH];
    private final int[] outgoingLengths = new int[BATCH];
    private final PeerAddress[] outgoingTo = new PeerAddress[BATCH];
    private int committed;
    private long patienceNs;

    private ChannelUdpPort(List<InetSocketAddress> locals, DatagramChannel[] channels, Selector selector)
            throws IOException {
        this.locals = List.copyOf(locals);
        this.channels = channels;
        this.selector = selector;
        for (int slot = 0; slot < BATCH; slot++) {
            receivedViews[slot] = received.bytes().slice(slot * STRIDE, MAX_DATAGRAM_BYTES + 1);
            outgoingViews[slot] = outgoing.bytes().slice(slot * STRIDE, STRIDE);
            receivedFrom[slot] = PeerAddress.of(locals.getFirst(), 0);
            outgoingTo[slot] = receivedFrom[slot];
        }
        description = "DatagramChannel, receive buffer " + channels[0].getOption(StandardSocketOptions.SO_RCVBUF) / 1024
                + " KiB";
    }

    /** Whether several shards can share one address on this system. */
    public static boolean sharesAddresses() {
        try (DatagramChannel channel = DatagramChannel.open()) {
            return channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT);
        } catch (IOException e) {
            return false;
        }
    }

    /** As {@link UdpPort#bind}; the addresses are shared only where {@link #sharesAddresses}. */
    public static UdpPort bind(List<InetSocketAddress> locals) throws IOException {
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            Selector selector = Selector.open();
            opened.add(selector);
            DatagramChannel[] channels = new DatagramChannel[locals.size()];
            List<InetSocketAddress> bound = new ArrayList<>();
            for (int i = 0; i < channels.length; i++) {
                InetSocketAddress local = locals.get(i);
                DatagramChannel channel = DatagramChannel.open(
                        local.getAddress().getAddress().length == 4
                                ? StandardProtocolFamily.INET
                                : StandardProtocolFamily.INET6);
                opened.add(channel);
                channels[i] = channel;
                channel.configureBlocking(false);
                if (channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT)) {
                    channel.setOption(StandardSocketOptions.SO_REUSEPORT, true);
                }
                channel.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER_BYTES);
                channel.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER_BYTES);
                try {
                    channel.bind(local);
                } catch (IOException e) {
                    BindException named = new BindException("can't bind UDP " + text(local) + ": " + e.getMessage());
                    named.initCause(e);
                    throw named;
                }
                channel.register(selector, SelectionKey.OP_READ, i);
                bound.add(new InetSocketAddress(
                        local.getAddress(), ((InetSocketAddress) channel.getLocalAddress()).getPort()));
            }
            UdpPort port = new ChannelUdpPort(bound, channels, selector);
            opened.clear();
            return port;
        } finally {
            for (AutoCloseable resource : opened) {
                closeQuietly(resource);
            }
        }
    }

    /** An address as it is told to people: literal, without a name. */
    public static String text(InetSocketAddress address) {
        InetAddress host = address.getAddress();
        return (host.getAddress().length == 4 ? host.getHostAddress() : "[" + host.getHostAddress() + "]") + ":"
                + address.getPort();
    }

    private static void closeQuietly(AutoCloseable resource) {
        try {
            resource.close();
        } catch (Exception e) {
            // Nothing is left to be done about it: the resource is gone all the same.
        }
    }

    @Override
    public int localCount() {
        return channels.length;
    }

    @Override
    public InetSocketAddress local(int localIndex) {
        return locals.get(localIndex);
    }

    @Override
    public int receive(long waitNs) {
        patienceNs = SEND_WAIT_NS_PER_TURN;
        try {
            if (waitNs <= 0) {
                selector.selectNow();
            } else {
                selector.select((waitNs + 999_999) / 1_000_000);
            }
        } catch (IOException e) {
            counters.count(Counter.RECEIVE_ERRORS);
            return 0;
        }
        int readable = selector.selectedKeys().size();
        int filled = 0;
        int count = 0;
        long bytes = 0;
        for (SelectionKey key : selector.selectedKeys()) {
            int local = (int) key.attachment();
            // Each its share of the batch, so that a flood at one address leaves room for the others.
            int end = filled + (BATCH - filled) / readable--;
            while (filled < end) {
                InetSocketAddress from = receive(channels[local], receivedViews[filled].clear());
                if (from == null) {
                    break;
                }
                int length = receivedViews[filled].position();
                if (length > MAX_DATAGRAM_BYTES) {
                    counters.count(Counter.RECEIVED_TOO_LONG);
                } else {
                    receivedSlots[count] = filled;
                    receivedLengths[count] = length;
                    receivedLocals[count] = local;
                    receivedFrom[count] = PeerAddress.of(from, local);
                    bytes += length;
                    count++;
                }
                filled++;
            }
        }
        selector.selectedKeys().clear();
        counters.add(Counter.RECEIVED, count);
        counters.add(Counter.RECEIVED_BYTES, bytes);
        return count;
    }

    private @org.jspecify.annotations.Nullable InetSocketAddress receive(DatagramChannel channel, ByteBuffer into) {
        try {
            return (InetSocketAddress) channel.receive(into);
        } catch (IOException e) {
            counters.count(Counter.RECEIVE_ERRORS);
            return null;
        }
    }

    @Override
    public Slab received() {
        return received;
    }

    @Override
    public int receivedOffset(int i) {
        return receivedSlots[i] * STRIDE;
    }

    @Override
    public int receivedLength(int i) {
        return receivedLengths[i];
    }

    @Override
    public long receivedHi(int i) {
        return receivedFrom[i].hi();
    }

    @Override
    public long receivedLo(int i) {
        return receivedFrom[i].lo();
    }

    @Override
    public int receivedPort(int i) {
        return receivedFrom[i].port();
    }

    @Override
    public int receivedLocal(int i) {
        return receivedLocals[i];
    }

    @Override
    public Slab outgoing() {
        return outgoing;
    }

    @Override
    public int reserve() {
        if (committed == BATCH) {
            flush();
        }
        return committed * STRIDE;
    }

    @Override
    public void commit(int lengthBytes, PeerAddress to) {
        outgoingLengths[committed] = lengthBytes;
        outgoingTo[committed] = to;
        committed++;
    }

    @Override
    public void flush() {
        int batch = committed;
        committed = 0;
        for (int i = 0; i < batch; i++) {
            send(outgoingViews[i].clear().limit(outgoingLengths[i]), outgoingTo[i]);
        }
    }

    private void send(ByteBuffer datagram, PeerAddress to) {
        int length = datagram.remaining();
        DatagramChannel channel = channels[to.localIndex()];
        InetSocketAddress target = to.toSocketAddress();
        try {
            // Nothing of the datagram is taken while the socket is full. (An empty datagram always counts as taken.)
            while (channel.send(datagram, target) < length) {
                if (patienceNs <= 0) {
                    counters.count(Counter.SEND_FULL);
                    return;
                }
                LockSupport.parkNanos(SEND_RETRY_NS);
                patienceNs -= SEND_RETRY_NS;
            }
            counters.count(Counter.SENT);
            counters.add(Counter.SENT_BYTES, length);
        } catch (IOException | RuntimeException e) {
            counters.count(Counter.SEND_REFUSED);
        }
    }

    @Override
    public void wakeup() {
        selector.wakeup();
    }

    @Override
    public Counters<Counter> counters() {
        return counters;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public void close() {
        for (DatagramChannel channel : channels) {
            closeQuietly(channel);
        }
        closeQuietly(selector);
    }
}
