package dev.rostrum.sfu.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PeerAddressTest {

    @Test
    void anAddressComesBackAsItWas() throws Exception {
        for (String host : List.of(
                "0.0.0.0",
                "127.0.0.1",
                "255.255.255.255",
                "::",
                "::1",
                "2001:db8:ffff:fffe:8000:7fff:1:80",
                "fe80::1")) {
            InetSocketAddress socket = new InetSocketAddress(InetAddress.getByName(host), 65535);
            PeerAddress peer = PeerAddress.of(socket, 3);
            assertEquals(socket, peer.toSocketAddress());
            assertEquals(3, peer.localIndex());
            assertEquals(peer, new PeerAddress(peer.hi(), peer.lo(), 65535, 3));
        }
    }

    @Test
    void anIpv4AddressIsMapped() throws Exception {
        PeerAddress peer = PeerAddress.of(new InetSocketAddress(InetAddress.getByName("192.0.2.1"), 7), 0);
        assertEquals(0, peer.hi());
        assertEquals(0xffff_c000_0201L, peer.lo());
        assertTrue(peer.isIpv4());
        assertEquals("192.0.2.1:7@0", peer.toString());
        PeerAddress six = PeerAddress.of(new InetSocketAddress(InetAddress.getByName("2001:db8::1"), 7), 1);
        assertFalse(six.isIpv4());
        assertEquals("[2001:db8:0:0:0:0:0:1]:7@1", six.toString());
    }

    @Test
    void whatDiffersInAnythingIsAnother() {
        PeerAddress peer = new PeerAddress(1, 2, 3, 4);
        assertEquals(peer, new PeerAddress(1, 2, 3, 4));
        assertEquals(peer.hashCode(), new PeerAddress(1, 2, 3, 4).hashCode());
        for (PeerAddress other : List.of(
                new PeerAddress(2, 2, 3, 4),
                new PeerAddress(1, 3, 3, 4),
                new PeerAddress(1, 2, 4, 4),
                new PeerAddress(1, 2, 3, 5))) {
            assertNotEquals(peer, other);
        }
    }

    @Test
    void neighboursDoNotShareTheirHashes() {
        Set<Integer> hashes = new HashSet<>();
        for (int host = 0; host < 100; host++) {
            for (int port = 40_000; port < 40_100; port++) {
                hashes.add(new PeerAddress(0, 0xffff_0a00_0000L + host, port, 0).hashCode());
            }
        }
        assertTrue(hashes.size() > 9_990, hashes.size() + " hashes of 10,000 addresses");
    }

    @Test
    void portsAndIndexesAreChecked() {
        assertThrows(IllegalArgumentException.class, () -> new PeerAddress(0, 0, -1, 0));
        assertThrows(IllegalArgumentException.class, () -> new PeerAddress(0, 0, 65536, 0));
        assertThrows(IllegalArgumentException.class, () -> new PeerAddress(0, 0, 0, -1));
        assertThrows(
                IllegalArgumentException.class,
                () -> PeerAddress.of(InetSocketAddress.createUnresolved("nowhere.invalid", 1), 0));
    }
}
