package dev.rostrum.bench.fanout;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * A fan-out in a JVM of its own, that works for one window whenever somebody asks for it, so that two builds can take
 * turns on one machine.
 *
 * <p>It speaks in lines. First it says {@code windows 1} and a description; then each {@code product} is
 * answered by {@code window PACKETS CPU_NS ALLOCATED_BYTES}. The end of the requests ends it; so does
 * whatever goes wrong, with a stack trace on the standard error output. Builds of other revisions are asked in the same words: a
 * change of them needs another number.
 *
 * <p>Used by one thread, which is the one that is measured.
 */
public final class WindowServer {

    /** The first words, with the number of this protocol. */
    public static final String GREETING = "windows 1";

    /** Asks for a window of the product. */
    public static final String PRODUCT = "product";

    private static final String WINDOW = "window";

    private WindowServer() {}

    /** Serves the fan-out of this title on the standard input and output. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        PrintStream answers = System.out;
        System.setOut(System.err); // what a library says is no answer
        FanOut fanOut = FanOut.titled(arguments[0])
                .orElseThrow(() -> new IllegalArgumentException("there is no " + arguments[0]));
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        try (Contest contest = fanOut.open()) {
            serve(contest, requests, answers);
        }
    }

    static void serve(Contest contest, BufferedReader requests, PrintStream answers)
            throws IOException, InterruptedException {
        say(answers, GREETING + " " + contest.description());
        for (String request = requests.readLine(); request != null; request = requests.readLine()) {
            if (!request.equals(PRODUCT)) {
                throw new IOException("asked for '" + request + "'");
            }
            Contest.Window window = contest.product();
            say(answers, WINDOW + " " + window.packets() + " " + window.cpuNs() + " " + window.allocatedBytes());
        }
    }

    private static void say(PrintStream answers, String line) {
        answers.println(line);
        answers.flush();
    }

    /**
     * The window that an answer tells of.
     *
     * @throws IOException if it is no such answer
     */
    public static Contest.Window window(String answer) throws IOException {
        String[] words = answer.split(" ", -1);
        if (words.length == 4 && words[0].equals(WINDOW)) {
            try {
                Contest.Window window = new Contest.Window(
                        Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
                if (window.packets() > 0) {
                    return window;
                }
            } catch (NumberFormatException e) {
                throw new IOException("answered '" + answer + "' instead of a window", e);
            }
        }
        throw new IOException("answered '" + answer + "' instead of a window");
    }
}
