package dev.rostrum.signaling.sdp;

/**
 * A session description that can't be used; the message is a sentence for its sender that says what is wrong, where, and
 * what to do.
 *
 * <p>Thrown by everything in this package that looks at text from outside, and nothing else is.
 */
public final class SdpException extends Exception {

    private static final long serialVersionUID = 1;

    private static final int PRINTABLE_LENGTH = 60;

    /** What kind of fault it is, from which the doors choose their status codes. */
    public enum Kind {
        /** The text breaks the grammar (HTTP 400). */
        MALFORMED,
        /** The text exceeds a limit (HTTP 413). */
        TOO_LARGE,
        /** Understood, but it asks for a transport that this server doesn't do, or doesn't ask for one that it needs (HTTP 422). */
        UNSUPPORTED,
        /** Understood, but no m-line has a direction and a codec that this endpoint may use (HTTP 406). */
        NOTHING_USABLE
    }

    private final Kind kind;

    private final int line;

    private SdpException(Kind kind, int line, String message) {
        super(message);
        this.kind = kind;
        this.line = line;
    }

    /** A line that breaks the grammar. */
    static SdpException malformed(SdpLine line, String sentence) {
        return new SdpException(
                Kind.MALFORMED,
                line.number(),
                "Line " + line.number() + " (" + printable(line.toString()) + "): " + sentence);
    }

    static SdpException malformed(int line, String sentence) {
        return new SdpException(Kind.MALFORMED, line, "Line " + line + ": " + sentence);
    }

    /** A fault of the whole description. */
    public static SdpException of(Kind kind, String sentence) {
        return new SdpException(kind, 0, sentence);
    }

    /** A fault of one m-line. */
    public static SdpException of(Kind kind, MediaDescription media, String sentence) {
        return new SdpException(kind, media.line(), "Line " + media.line() + " (" + media.label() + "): " + sentence);
    }

    public Kind kind() {
        return kind;
    }

    /** The number of the line at fault, from 1; 0 if it isn't one line's. */
    public int line() {
        return line;
    }

    /** What the sender wrote, short enough for a message and without characters that a terminal or a page obeys. */
    public static String printable(String text) {
        StringBuilder printable = new StringBuilder();
        for (int i = 0; i < Math.min(text.length(), PRINTABLE_LENGTH); i++) {
            char c = text.charAt(i);
            printable.append(c >= ' ' && c < 0x7F ? c : '?');
        }
        return printable.append(text.length() > PRINTABLE_LENGTH ? "…" : "").toString();
    }
}
