package dev.rostrum.signaling;

import java.io.Serial;

/** A configuration that the server can't start with. The message is one line that says what is wrong and what to do. */
final class ConfigurationException extends Exception {

    @Serial
    private static final long serialVersionUID = 1;

    ConfigurationException(String message) {
        super(message);
    }
}
