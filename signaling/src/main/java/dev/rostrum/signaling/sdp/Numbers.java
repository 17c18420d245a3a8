package dev.rostrum.signaling.sdp;

/** Reads the decimal numbers of SDP without exceptions. */
public final class Numbers {

    private Numbers() {}

    /** The number, or -1 if the text isn't one of at most {@code max} in ASCII digits. */
    public static long read(String text, long max) {
        if (text.isEmpty() || text.length() > 18) {
            return -1;
        }
        long number = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            number = number * 10 + (c - '0');
        }
        return number <= max ? number : -1;
    }
}
