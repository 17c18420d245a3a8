package dev.rostrum.bench.client;

import dev.rostrum.bench.media.RemoteDescription;
import dev.rostrum.dtls.DtlsRole;
import dev.rostrum.dtls.Fingerprint;
import dev.rostrum.sfu.ice.IceCredentials;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a client must know from a server's answer or offer, any WHIP or WHEP server's: the first of each thing
 * counts, as everything is bundled.
 *
 * <p>Stateless.
 */
final class SdpAnswer {

    private SdpAnswer() {}

    /**
     * Reads a description.
     *
     * @param door the address of the server's HTTP: a candidate with the same address is tried first
     * @throws IllegalArgumentException with what is missing
     */
    static RemoteDescription read(String sdp, InetAddress door) {
        String ufrag = null;
        String pwd = null;
        String fingerprint = null;
        String setup = null;
        int payloadType = -1;
        List<InetSocketAddress> candidates = new ArrayList<>();
        List<Integer> slots = new ArrayList<>();
        for (String line : sdp.split("\r?\n")) {
            if (line.startsWith("m=audio") && payloadType < 0) {
                payloadType = Integer.parseInt(line.split(" ")[3]);
            } else if (line.startsWith("a=ice-ufrag:") && ufrag == null) {
                ufrag = value(line);
            } else if (line.startsWith("a=ice-pwd:") && pwd == null) {
                pwd = value(line);
            } else if (line.startsWith("a=fingerprint:") && fingerprint == null) {
                fingerprint = value(line);
            } else if (line.startsWith("a=setup:") && setup == null) {
                setup = value(line);
            } else if (line.startsWith("a=candidate:")) {
                candidate(line, door, candidates);
            } else if (line.startsWith("a=ssrc:")) {
                int ssrc = Integer.parseUnsignedInt(value(line).split(" ")[0]);
                if (!slots.contains(ssrc)) {
                    slots.add(ssrc);
                }
            }
        }
        if (candidates.isEmpty()) {
            throw new IllegalArgumentException(
                    "the server's SDP has no UDP host candidate that can be reached from here");
        }
        return new RemoteDescription(
                new IceCredentials(required("ice-ufrag", ufrag), required("ice-pwd", pwd)),
                candidates,
                Fingerprint.parse(required("fingerprint", fingerprint)),
                "active".equals(setup) ? DtlsRole.SERVER : DtlsRole.CLIENT,
                Math.max(payloadType, 0),
                slots);
    }

    private static String required(String name, @Nullable String value) {
        if (value == null) {
            throw new IllegalArgumentException("the server's SDP has no a=" + name);
        }
        return value;
    }

    private static String value(String line) {
        return line.substring(line.indexOf(':') + 1).strip();
    }

    private static void candidate(String line, InetAddress door, List<InetSocketAddress> candidates) {
        String[] parts = value(line).split(" +");
        if (parts.length < 8
                || !parts[1].equals("1")
                || !parts[2].equalsIgnoreCase("udp")
                || parts[4].endsWith(".local")) {
            return;
        }
        InetAddress host = InetAddress.ofLiteral(parts[4]);
        InetSocketAddress address = new InetSocketAddress(host, Integer.parseInt(parts[5]));
        if (candidates.contains(address) || host.getClass() != door.getClass()) {
            return;
        }
        if (host.equals(door)) {
            candidates.addFirst(address);
        } else {
            candidates.add(address);
        }
    }
}
