package dev.rostrum.signaling.tls;

import java.nio.file.Path;

/**
 * Whether and with which certificate HTTP is encrypted.
 *
 * <p>Immutable.
 */
public sealed interface TlsMode {

    /** Not at all. */
    record Off() implements TlsMode {}

    /** With a certificate of whoever runs the server, as PEM files. */
    record Files(Path certificate, Path key) implements TlsMode {}

    /** With a certificate that the server makes for itself. */
    record SelfSigned() implements TlsMode {}
}
