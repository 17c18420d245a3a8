package dev.rostrum.signaling.web;

import dev.rostrum.signaling.http.ETags;
import dev.rostrum.signaling.http.ProblemException;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The page and its files, from the class path into memory at first use, so that no disk is asked under load.
 *
 * <p>Safe for any thread. Reads only what lies in the product's own {@code web/} folder.
 */
final class StaticPages {

    private static final String ROOT = "/web/";
    private static final Pattern PATH =
            Pattern.compile("(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)*[A-Za-z0-9_-][A-Za-z0-9._-]*");
    private static final Pattern SPACE = Pattern.compile("/s/[A-Za-z0-9_-]{1,64}");
    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("html", "text/html; charset=utf-8"),
            Map.entry("js", "text/javascript; charset=utf-8"),
            Map.entry("mjs", "text/javascript; charset=utf-8"),
            Map.entry("ts", "text/plain; charset=utf-8"),
            Map.entry("css", "text/css; charset=utf-8"),
            Map.entry("json", "application/json"),
            Map.entry("webmanifest", "application/manifest+json"),
            Map.entry("txt", "text/plain; charset=utf-8"),
            Map.entry("svg", "image/svg+xml"),
            Map.entry("png", "image/png"),
            Map.entry("ico", "image/x-icon"),
            Map.entry("woff2", "font/woff2"),
            Map.entry("wasm", "application/wasm"));

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
                    + " connect-src 'self'; media-src 'self' blob:; manifest-src 'self'; worker-src 'self'; base-uri"
                    + " 'none'; form-action 'none'; frame-ancestors 'none'";

    /** One file. */
    private record Page(
            String contentType, Buffer bytes, @Nullable Buffer gzipped, String etag) {

        /** What is sent compressed is another representation, and has a tag of its own (RFC 9110 §8.8.3.3). */
        String gzippedEtag() {
            return etag.substring(0, etag.length() - 1) + "-gzip\"";
        }
    }

    private final Map<String, Page> pages = new ConcurrentHashMap<>();

    /** Serves the file that the request's path names; the page of a space is the front page. */
    void serve(RoutingContext ctx) throws ProblemException {
        String path = ctx.normalizedPath();
        boolean front = path.equals("/") || SPACE.matcher(path).matches();
        Page page = page(front ? "index.html" : path.substring(1));
        if (page == null) {
            throw new ProblemException(404, "not-found", "There is nothing at this address.");
        }
        MultiMap headers = ctx.response().headers();
        String encodings = ctx.request().getHeader("Accept-Encoding");
        boolean gzip = page.gzipped() != null && encodings != null && takesGzip(encodings);
        headers.set("ETag", gzip ? page.gzippedEtag() : page.etag())
                .set("Cache-Control", "no-cache") // ask again, but by ETag
                .add("Vary", "Accept-Encoding")
                .set("Content-Security-Policy", POLICY)
                .set("Referrer-Policy", "no-referrer")
                .set("Cross-Origin-Opener-Policy", "same-origin")
                .set("Permissions-Policy", "microphone=(self), camera=(self), display-capture=(self), autoplay=(self)");
        String known = ctx.request().getHeader("If-None-Match");
        if (ETags.matches(known, page.etag()) || ETags.matches(known, page.gzippedEtag())) {
            ctx.response().setStatusCode(304).end();
            return;
        }
        headers.set("Content-Type", page.contentType());
        if (gzip) {
            headers.set("Content-Encoding", "gzip");
        }
        ctx.end(gzip ? page.gzipped() : page.bytes());
    }

    private static boolean takesGzip(String encodings) {
        return Arrays.stream(encodings.toLowerCase(Locale.ROOT).split(","))
                .map(coding -> coding.replace(" ", ""))
                .anyMatch(coding -> coding.equals("gzip") || coding.matches("gzip;q=(1|0\\.0*[1-9]).*"));
    }

    private @Nullable Page page(String path) {
        Page known = pages.get(path);
        if (known != null || path.length() > 200 || !PATH.matcher(path).matches()) {
            return known;
        }
        String type = TYPES.get(path.substring(path.lastIndexOf('.') + 1));
        if (type == null) {
            return null;
        }
        try (InputStream in = StaticPages.class.getResourceAsStream(ROOT + path)) {
            if (in == null) {
                return null;
            }
            byte[] bytes = in.readAllBytes();
            byte[] gzipped = gzip(bytes);
            Page page = new Page(
                    type,
                    Buffer.buffer(bytes),
                    gzipped.length < bytes.length * 9 / 10 ? Buffer.buffer(gzipped) : null,
                    ETags.of(bytes));
            pages.put(path, page);
            return page;
        } catch (IOException e) {
            throw new UncheckedIOException("can't read " + path + " of the product's own files", e);
        }
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }
}
