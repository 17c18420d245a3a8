package dev.rostrum.bench.client;

import dev.rostrum.bench.media.MediaConnection;
import dev.rostrum.sfu.ice.IceCredentials;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The offers of simulated clients, in the shape that Chromium gives them, with Opus alone.
 *
 * <p>Stateless.
 */
final class SdpOffer {

    private SdpOffer() {}

    /** As the page makes it: a microphone without a track, and slots to hear in. */
    static String page(MediaConnection connection, int slots) {
        return head(connection, 1 + slots)
                + line(connection, 0, "sendonly")
                + IntStream.rangeClosed(1, slots)
                        .mapToObj(mid -> line(connection, mid, "recvonly"))
                        .collect(Collectors.joining());
    }

    /** As a player makes it. */
    static String player(MediaConnection connection, int slots) {
        return head(connection, slots)
                + IntStream.range(0, slots)
                        .mapToObj(mid -> line(connection, mid, "recvonly"))
                        .collect(Collectors.joining());
    }

    /** As a publisher makes it. */
    static String publisher(MediaConnection connection) {
        return head(connection, 1) + line(connection, 0, "sendonly");
    }

    /** As a publisher with a camera in three encodings makes it. */
    static String filming(MediaConnection connection) {
        return head(connection, 2)
                + line(connection, 0, "sendonly")
                + video(connection, 1, "sendonly")
                + "a=rid:q send\r\na=rid:h send\r\na=rid:f send\r\na=simulcast:send q;h;f\r\n";
    }

    /** As a player makes it that wants a picture, too. */
    static String viewer(MediaConnection connection, int slots) {
        return head(connection, slots + 1)
                + IntStream.range(0, slots)
                        .mapToObj(mid -> line(connection, mid, "recvonly"))
                        .collect(Collectors.joining())
                + video(connection, slots, "recvonly");
    }

    private static String video(MediaConnection connection, int mid, String direction) {
        String transport = line(connection, mid, direction)
                .lines()
                .filter(line -> line.matches("a=(ice-|fingerprint|setup|rtcp:).*"))
                .collect(Collectors.joining("\r\n", "", "\r\n"));
        return """
            m=video 9 UDP/TLS/RTP/SAVPF 96 97
            c=IN IP4 0.0.0.0
            %sa=mid:%d
            %sa=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
            a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id
            a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id
            a=%s
            a=rtcp-mux
            a=rtcp-rsize
            a=rtpmap:96 VP8/90000
            %sa=rtcp-fb:96 ccm fir
            a=rtcp-fb:96 nack
            a=rtcp-fb:96 nack pli
            a=rtpmap:97 rtx/90000
            a=fmtp:97 apt=96
            """.formatted(
                        transport,
                        mid,
                        direction.equals("recvonly")
                                ? "a=extmap:3"
                                        + " http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\n"
                                : "",
                        direction,
                        direction.equals("recvonly") ? "a=rtcp-fb:96 transport-cc\n" : "")
                .replace("\r\n", "\n")
                .replace("\n", "\r\n");
    }

    /** The answer of a listener to a server that offers. */
    static String answer(MediaConnection connection, String offer) {
        StringBuilder answer = new StringBuilder("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
        int mid = 0;
        for (String line : offer.split("\r?\n")) {
            if (line.startsWith("a=group:")) {
                answer.append(line).append("\r\n");
            } else if (line.startsWith("m=")) {
                String payloadType = line.split(" ")[3];
                answer.append(line(connection, mid++, "recvonly")
                        .replace("SAVPF 111", "SAVPF " + payloadType)
                        .replace(":111 ", ":" + payloadType + " ")
                        .replace("a=setup:actpass", "a=setup:active")
                        .replaceAll("a=extmap:.*\r\n", "")
                        .replaceAll("a=rtcp-fb:.*\r\n", ""));
            }
        }
        return answer.toString();
    }

    private static String head(MediaConnection connection, int lines) {
        return """
            v=0
            o=- %d 2 IN IP4 127.0.0.1
            s=-
            t=0 0
            a=group:BUNDLE %s
            a=extmap-allow-mixed
            a=msid-semantic: WMS
            """.formatted(
                        Integer.toUnsignedLong(connection.ssrc()),
                        IntStream.range(0, lines).mapToObj(Integer::toString).collect(Collectors.joining(" ")))
                .replace("\n", "\r\n");
    }

    private static String line(MediaConnection connection, int mid, String direction) {
        InetSocketAddress local = connection.local();
        IceCredentials ice = connection.credentials();
        String host = local.getAddress().getHostAddress().replaceFirst("%.*", "");
        String family = local.getAddress() instanceof Inet6Address ? "IP6" : "IP4";
        boolean sends = direction.equals("sendonly");
        return """
            m=audio %d UDP/TLS/RTP/SAVPF 111
            c=IN %s %s
            a=rtcp:9 IN IP4 0.0.0.0
            a=candidate:2282100646 1 udp 2122194687 %s %d typ host generation 0 network-id 1
            a=ice-ufrag:%s
            a=ice-pwd:%s
            a=ice-options:trickle
            a=fingerprint:%s
            a=setup:actpass
            a=mid:%d
            a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
            a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
            a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
            a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
            a=%s
            %sa=rtcp-mux
            a=rtcp-rsize
            a=rtpmap:111 opus/48000/2
            a=rtcp-fb:111 transport-cc
            a=fmtp:111 minptime=10;useinbandfec=1
            %s\
            """.formatted(
                        local.getPort(),
                        family,
                        host,
                        host,
                        local.getPort(),
                        ice.ufrag(),
                        ice.pwd(),
                        connection.identity().fingerprint().toSdp(),
                        mid,
                        direction,
                        sends ? "a=msid:- microphone\n" : "",
                        sends
                                ? "a=ssrc:%1$d cname:load\na=ssrc:%1$d msid:- microphone\n".formatted(ssrc(connection))
                                : "")
                .replace("\n", "\r\n");
    }

    private static long ssrc(MediaConnection connection) {
        return Integer.toUnsignedLong(connection.ssrc());
    }
}
