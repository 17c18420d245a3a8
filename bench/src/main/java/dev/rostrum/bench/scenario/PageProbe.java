package dev.rostrum.bench.scenario;

import dev.rostrum.bench.media.MediaLoop;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * Somebody who opens the space's page and its details all the time, ten times a second, to see whether they answer.
 *
 * <p>Any thread may read and close; one of its own asks.
 */
final class PageProbe implements AutoCloseable {

    private static final long INTERVAL_NS = 100_000_000L;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final List<URI> pages;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();
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
            HttpRequest request = HttpRequest.newBuilder(pages.get(i % pages.size()))
                    .timeout(PATIENCE)
                    .GET()
                    .build();
            long beganNs = MediaLoop.clockNs();
            try {
                HttpResponse<Void> response = http.send(request, HttpResponse.BodyHandlers.discarding());
                if (response.statusCode() != 200) {
                    failed.incrementAndGet();
                }
            } catch (IOException e) {
                failed.incrementAndGet();
            } catch (InterruptedException e) {
                return;
            }
            latency.recordValueWithExpectedInterval(
                    Math.clamp(MediaLoop.clockNs() - beganNs, 1_000, 60_000_000_000L), INTERVAL_NS);
            dueNs = Math.max(dueNs + INTERVAL_NS, MediaLoop.clockNs());
            LockSupport.parkNanos(dueNs - MediaLoop.clockNs());
        }
    }

    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        http.shutdownNow();
    }
}
