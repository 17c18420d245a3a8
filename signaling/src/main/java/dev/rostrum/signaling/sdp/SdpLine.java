package dev.rostrum.signaling.sdp;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * One line of a session description (RFC 8866 §5): a letter, {@code =}, and a value.
 *
 * <p>Immutable.
 *
 * @param number its place in the text, from 1
 */
record SdpLine(int number, char type, String value) {

    /** More than the longest offer that a browser is known to write for 16 untrimmed m-lines (71 KB). */
    static final int MAX_LENGTH = 128 * 1024;

    static final int MAX_LINES = 8192;

    /** What is between the words of a value. */
    static final Pattern SPACE = Pattern.compile("[ \\t]+");

    /** Splits a text at LF or CRLF; blank lines and space at the end of lines don't count. */
    static List<SdpLine> split(String text) throws SdpException {
        if (text.length() > MAX_LENGTH) {
            throw SdpException.of(
                    SdpException.Kind.TOO_LARGE,
                    "The session description has " + text.length() + " characters; at most " + MAX_LENGTH
                            + " are accepted. Offer fewer codecs (setCodecPreferences) or fewer m-lines.");
        }
        List<SdpLine> lines = new ArrayList<>();
        int number = 0;
        for (int start = 0; start < text.length(); ) {
            int end = text.indexOf('\n', start);
            if (end < 0) {
                end = text.length();
            }
            if (++number > MAX_LINES) {
                throw SdpException.of(
                        SdpException.Kind.TOO_LARGE,
                        "The session description has more than " + MAX_LINES
                                + " lines. Offer fewer codecs or m-lines.");
            }
            String line = text.substring(start, end).stripTrailing();
            if (!line.isEmpty()) {
                lines.add(of(number, line));
            }
            start = end + 1;
        }
        return lines;
    }

    private static SdpLine of(int number, String line) throws SdpException {
        for (int i = 0; i < line.length(); i++) {
            if (line.charAt(i) < ' ' && line.charAt(i) != '\t') {
                throw SdpException.malformed(
                        number, "it holds a control character; lines end with CR LF and hold plain text.");
            }
        }
        if (line.length() < 2 || line.charAt(1) != '=' || line.charAt(0) < 'a' || line.charAt(0) > 'z') {
            throw SdpException.malformed(
                    number,
                    "\"" + SdpException.printable(line)
                            + "\" is not a line of a session description: those are one small letter, "
                            + "\"=\", and a value (RFC 8866).");
        }
        return new SdpLine(number, line.charAt(0), line.substring(2));
    }

    /** The part of an attribute before its first colon. */
    String attributeName() {
        int colon = value.indexOf(':');
        return colon < 0 ? value : value.substring(0, colon);
    }

    /** The part of an attribute behind its first colon, without space around it; empty if there is none. */
    String attributeValue() {
        int colon = value.indexOf(':');
        return colon < 0 ? "" : value.substring(colon + 1).strip();
    }

    /** The line as it was written. */
    @Override
    public String toString() {
        return type + "=" + value;
    }
}
