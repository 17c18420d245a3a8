package dev.rostrum.bench.fanout;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class WindowServerTest {

    private static final class Counted implements Contest {

        private int windows;

        @Override
        public String description() {
            return "two listeners";
        }

        @Override
        public Window product() {
            return new Window(10_000, 20_000_000 + ++windows, 25);
        }

        @Override
        public Window yardstick() {
            throw new IllegalStateException("nobody asks for it");
        }

        @Override
        public void close() {}
    }

    private static String serve(String requests) throws IOException, InterruptedException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        WindowServer.serve(
                new Counted(),
                new BufferedReader(new StringReader(requests)),
                new PrintStream(out, true, StandardCharsets.UTF_8));
        return out.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
    }

    @Test
    void eachRequestIsAnsweredByOneWindow() throws IOException, InterruptedException {
        assertEquals(
                "windows 1 two listeners\nwindow 10000 20000001 25\nwindow 10000 20000002 25\n",
                serve("product\nproduct\n"));
    }

    @Test
    void theEndOfTheRequestsEndsIt() throws IOException, InterruptedException {
        assertEquals("windows 1 two listeners\n", serve(""));
    }

    @Test
    void unknownRequestsAreNotAnswered() {
        assertThrows(IOException.class, () -> serve("yardstick\n"));
    }

    @Test
    void anAnswerIsReadBack() throws IOException {
        assertEquals(new Contest.Window(10_000, 20_000_001, 25), WindowServer.window("window 10000 20000001 25"));
    }

    @Test
    void anythingElseIsNoWindow() {
        for (String answer :
                new String[] {"", "window", "window 1 2", "window 1 2 3 4", "window 1 2 x", "window 0 0 0"}) {
            assertThrows(IOException.class, () -> WindowServer.window(answer), answer);
        }
    }
}
