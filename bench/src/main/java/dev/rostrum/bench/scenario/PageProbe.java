package dev.rostrum.bench.scenario;

import dev.rostrum.bench.media.MediaLoop;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLSocketFactory;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * People who open the space's page and its details all the time, twenty a second, to see whether they answer. Each comes
 * on a connection of its own, as somebody new does; told is the time from opening it to the answer's last byte.
 *
 * <p>Any thread may read and close; one of its own asks.
 */
final class PageProbe implements AutoCloseable {

    private static final long INTERVAL_NS = 50_000_000L;
    private static final int PATIENCE_MS = 10_000;
    private static final int BUFFER_BYTES = 16_384;

    private final List<URI> pages;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final ConcurrentHistogram latency = new ConcurrentHistogram(1_000, 60_000_000_000L, 3);
    private final AtomicLong failed = new AtomicLong();
    private final Thread thread;
    private volatile boolean closing;

    PageProbe(List<URI> pages) {
        this.pages = pages;
        thread = new Thread(this::run, "page probe");
        thread.setDaemon(true);
        if (!pages.isEmpty()) {
            thread.start();
        }
    }

    /** Latencies since the last time, corrected for requests that had to wait for a slow one before them. */
    synchronized Histogram take() {
        Histogram taken = latency.copy();
        latency.reset();
        return taken;
    }

    long failed() {
        return failed.get();
    }

    private void run() {
        long dueNs = MediaLoop.clockNs();
        for (int i = 0; !closing; i++) {
            long beganNs = MediaLoop.clockNs();
            try {
                if (!answers(pages.get(i % pages.size()))) {
                    failed.incrementAndGet();
                }
            } catch (IOException e) {
                failed.incrementAndGet();
            }
            latency.recordValueWithExpectedInterval(
                    Math.clamp(MediaLoop.clockNs() - beganNs, 1_000, 60_000_000_000L), INTERVAL_NS);
            dueNs = Math.max(dueNs + INTERVAL_NS, MediaLoop.clockNs());
            LockSupport.parkNanos(dueNs - MediaLoop.clockNs());
        }
    }

    /** One visit; whether it was answered with 200. */
    private boolean answers(URI page) throws IOException {
        try (Socket socket = open(page)) {
            socket.setSoTimeout(PATIENCE_MS);
            String request = "GET " + page.getRawPath() + " HTTP/1.1\r\nHost: " + page.getRawAuthority()
                    + "\r\nConnection: close\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            InputStream in = socket.getInputStream();
            int length = in.readNBytes(buffer, 0, "HTTP/1.1 200".length());
            boolean ok = new String(buffer, 0, length, StandardCharsets.US_ASCII).equals("HTTP/1.1 200");
            while (length > 0) {
                length = in.read(buffer);
            }
            return ok;
        }
    }

    private static Socket open(URI page) throws IOException {
        boolean tls = "https".equals(page.getScheme());
        int port = page.getPort() >= 0 ? page.getPort() : tls ? 443 : 80;
        Socket socket = tls ? SSLSocketFactory.getDefault().createSocket() : new Socket();
        try {
            socket.connect(new InetSocketAddress(page.getHost(), port), PATIENCE_MS);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
        return socket;
    }

    @Override
    public void close() {
        closing = true;
        thread.interrupt();
    }
}
