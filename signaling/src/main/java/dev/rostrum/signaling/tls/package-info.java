/** Certificates for HTTP: read again when they change, or self-signed. */
@NullMarked
package dev.rostrum.signaling.tls;

import org.jspecify.annotations.NullMarked;
