package dev.rostrum.bench.fanout;

import dev.rostrum.sfu.udp.Counters;
import dev.rostrum.sfu.udp.PeerAddress;
import dev.rostrum.sfu.udp.UdpPort;
import dev.rostrum.srtp.Slab;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;

/**
 * A port that notes which video packets leave when, so that their receivers can be made to tell of them.
 *
 * <p>Owned by the shard of the port it wraps. What it adds to a packet is a look at its first bytes and a store behind
 * the last one: who got it is looked up when somebody asks, outside of what is measured.
 */
final class WatchedPort implements UdpPort {

    /** So many packets of each receiver are remembered; a power of two. */
    private static final int REMEMBERED = 256;

    private static final int FIRST_RTCP_TYPE = 192;

    private final UdpPort port;
    private final LoneShard.VirtualClock clock;
    private final int mediaPayloadType;
    private final int[] receiverOfPort = new int[65536];
    private final int[] sent;
    private final long[] sentNs;
    private long media;
    private long delivered;
    private int reserved;

    // What has left since somebody asked last: the time in the first array, the port and the first bytes in the other.
    private long[] leftNs = new long[1 << 15];
    private int[] left = new int[1 << 15];
    private int leftCount;

    WatchedPort(UdpPort port, LoneShard.VirtualClock clock, int mediaPayloadType, List<InetSocketAddress> receivers) {
        this.port = port;
        this.clock = clock;
        this.mediaPayloadType = mediaPayloadType;
        for (int i = 0; i < receivers.size(); i++) {
            receiverOfPort[receivers.get(i).getPort()] = i + 1;
        }
        sent = new int[receivers.size()];
        sentNs = new long[receivers.size() * REMEMBERED];
    }

    /** How many packets of media, not of retransmissions, have left. */
    long media() {
        lookUp();
        return media;
    }

    /** How many datagrams of any kind have left to receivers, and not to whom they hear. */
    long delivered() {
        lookUp();
        return delivered;
    }

    /** How many RTP packets have left to a receiver: each has the next transport-wide number, from 0. */
    int sentTo(int receiver) {
        lookUp();
        return sent[receiver];
    }

    /** When the packet of that number left, if it is among the last. */
    long sentNs(int receiver, int number) {
        return sentNs[receiver * REMEMBERED + (number & (REMEMBERED - 1))];
    }

    @Override
    public int reserve() {
        reserved = port.reserve();
        return reserved;
    }

    @Override
    public void commit(int lengthBytes, PeerAddress to) {
        if (leftCount == left.length) {
            left = Arrays.copyOf(left, 2 * leftCount);
            leftNs = Arrays.copyOf(leftNs, 2 * leftCount);
        }
        left[leftCount] = port.outgoing().bytes().getShort(reserved) << 16 | to.port();
        leftNs[leftCount++] = clock.nowNs();
        port.commit(lengthBytes, to);
    }

    private void lookUp() {
        for (int i = 0; i < leftCount; i++) {
            int first = left[i] >>> 16;
            int type = first & 0xFF;
            int receiver = receiverOfPort[left[i] & 0xFFFF] - 1;
            delivered += receiver >= 0 ? 1 : 0;
            if (receiver >= 0 && first >= 0x8000 && !(type >= FIRST_RTCP_TYPE && type < FIRST_RTCP_TYPE + 32)) {
                sentNs[receiver * REMEMBERED + (sent[receiver]++ & (REMEMBERED - 1))] = leftNs[i];
                media += (type & 0x7F) == mediaPayloadType ? 1 : 0;
            }
        }
        leftCount = 0;
    }

    @Override
    public int localCount() {
        return port.localCount();
    }

    @Override
    public InetSocketAddress local(int localIndex) {
        return port.local(localIndex);
    }

    @Override
    public int receive(long waitNs) {
        return port.receive(waitNs);
    }

    @Override
    public Slab received() {
        return port.received();
    }

    @Override
    public int receivedOffset(int i) {
        return port.receivedOffset(i);
    }

    @Override
    public int receivedLength(int i) {
        return port.receivedLength(i);
    }

    @Override
    public long receivedHi(int i) {
        return port.receivedHi(i);
    }

    @Override
    public long receivedLo(int i) {
        return port.receivedLo(i);
    }

    @Override
    public int receivedPort(int i) {
        return port.receivedPort(i);
    }

    @Override
    public int receivedLocal(int i) {
        return port.receivedLocal(i);
    }

    @Override
    public Slab outgoing() {
        return port.outgoing();
    }

    @Override
    public void flush() {
        port.flush();
    }

    @Override
    public void wakeup() {
        port.wakeup();
    }

    @Override
    public Counters<Counter> counters() {
        return port.counters();
    }

    @Override
    public String description() {
        return port.description();
    }

    @Override
    public void close() {
        port.close();
    }
}
