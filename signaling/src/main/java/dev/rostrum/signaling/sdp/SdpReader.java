package dev.rostrum.signaling.sdp;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads session descriptions (RFC 8866) as WebRTC clients write them.
 *
 * <p>Lenient where clients differ (ends of lines, order, missing lines that nobody needs, attributes that nobody knows),
 * strict where a guess could connect the wrong things. Pure: safe for any thread.
 */
public final class SdpReader {

    static final int MAX_MEDIA = 64;

    private SdpReader() {}

    /**
     * Reads a description.
     *
     * @throws SdpException if it is malformed or too large, and nothing else
     */
    public static SessionDescription read(String text) throws SdpException {
        List<SdpLine> lines = SdpLine.split(text);
        if (lines.isEmpty()) {
            throw SdpException.of(
                    SdpException.Kind.MALFORMED, "The session description is empty; send the text of an SDP offer.");
        }
        SdpLine first = lines.getFirst();
        if (!first.toString().equals("v=0")) {
            throw SdpException.malformed(
                    first, "a session description begins with v=0; send the offer's SDP text itself, unquoted.");
        }
        return sections(lines.subList(1, lines.size()));
    }

    private static SessionDescription sections(List<SdpLine> lines) throws SdpException {
        SectionReader session = new SectionReader();
        SectionReader section = session;
        String origin = "";
        List<SdpLine> mediaLines = new ArrayList<>();
        List<SectionReader> mediaSections = new ArrayList<>();
        for (SdpLine line : lines) {
            if (line.type() == 'm') {
                if (mediaLines.size() == MAX_MEDIA) {
                    throw SdpException.of(
                            SdpException.Kind.TOO_LARGE,
                            "The session description has more than " + MAX_MEDIA + " m-lines.");
                }
                section = new SectionReader();
                mediaLines.add(line);
                mediaSections.add(section);
            } else if (line.type() == 'v') {
                throw SdpException.malformed(line, "a second v= line; send one session description at a time.");
            } else if (line.type() == 'o') {
                origin = line.value().strip();
            } else {
                section.line(line);
            }
        }
        List<MediaDescription> media = new ArrayList<>();
        Set<String> mids = new HashSet<>();
        for (int i = 0; i < mediaLines.size(); i++) {
            MediaDescription description = mediaSections.get(i).media(mediaLines.get(i), session);
            if (description.mid() != null && !mids.add(description.mid())) {
                throw SdpException.of(
                        SdpException.Kind.MALFORMED,
                        description,
                        "another m-line has the same a=mid; every m-line needs its own.");
            }
            media.add(description);
        }
        return session.session(origin, media);
    }
}
