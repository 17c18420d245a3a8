package dev.rostrum.bench.report;

/**
 * Text as HTML and SVG take it.
 *
 * <p>Stateless.
 */
final class Html {

    private Html() {}

    /** Text in an element or an attribute. */
    static String text(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
