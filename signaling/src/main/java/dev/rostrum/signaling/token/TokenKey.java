package dev.rostrum.signaling.token;

import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;

/**
 * The secret key of this server's tokens.
 *
 * <p>Immutable by convention: nobody writes into the array.
 */
@SuppressWarnings("DoNotCallSuggester")
public record TokenKey(byte[] secret) {

    /** The file's name in the data directory. */
    public static final String FILE_NAME = "token.key";

    /**
     * Reads the key of a data directory, or makes one if there is none: a file that only its owner can read.
     *
     * @throws IOException with a sentence if the file is torn, foreign, or open to others; it is never overwritten
     */
    public static TokenKey in(Path dataDirectory, SecureRandom random) throws IOException {
        throw new UnsupportedOperationException();
    }

    @Override
    public String toString() {
        return "TokenKey"; // never the secret: this may end in a log
    }
}
