package dev.rostrum.signaling.token;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;

/**
 * The secret key of this server's tokens. Whoever has it can make tokens for every space.
 *
 * <p>Immutable by convention: nobody writes into the array.
 */
public record TokenKey(byte[] secret) {

    /** The file's name in the data directory. */
    public static final String FILE_NAME = "token.key";

    private static final int LENGTH_BYTES = 32;
    private static final int CHECK_BYTES = 4;
    private static final String HEADING = "rostrum-token-key-1 ";
    private static final int MAX_FILE_BYTES = 1024;
    private static final Set<PosixFilePermission> OWNER_ONLY =
            EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

    /** A new key. */
    public static TokenKey random(SecureRandom random) {
        byte[] secret = new byte[LENGTH_BYTES];
        random.nextBytes(secret);
        return new TokenKey(secret);
    }

    /**
     * Reads the key of a data directory, or makes one if there is none: a file that only its owner can read. It appears
     * whole or not at all, and if two processes make it at once, both get the same.
     *
     * @throws IOException with a sentence if the file is torn, foreign, or open to others; it is never overwritten
     */
    public static TokenKey in(Path dataDirectory, SecureRandom random) throws IOException {
        Path file = dataDirectory.resolve(FILE_NAME);
        if (Files.notExists(file, LinkOption.NOFOLLOW_LINKS)) {
            make(dataDirectory, file, random(random));
        }
        return read(file);
    }

    private static void make(Path dataDirectory, Path file, TokenKey key) throws IOException {
        Files.createDirectories(dataDirectory);
        FileAttribute<?>[] attributes = posix(dataDirectory)
                ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
                : new FileAttribute<?>[0];
        Path draft = Files.createTempFile(dataDirectory, FILE_NAME, ".new", attributes);
        try {
            try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
                ByteBuffer text = ByteBuffer.wrap(key.text().getBytes(StandardCharsets.US_ASCII));
                while (text.hasRemaining()) {
                    channel.write(text);
                }
                channel.force(true);
            }
            // A link and not a move: a move would take the place of a key that another process made just now.
            link(file, draft);
        } finally {
            Files.deleteIfExists(draft);
        }
    }

    private static void link(Path file, Path draft) throws IOException {
        try {
            Files.createLink(file, draft);
        } catch (FileAlreadyExistsException e) {
            // another process was first; its key is the key
        } catch (UnsupportedOperationException e) {
            Files.move(draft, file); // a file system without links
        }
    }

    private static TokenKey read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + " is not a file.");
        }
        if (posix(file)) {
            Set<PosixFilePermission> open = EnumSet.copyOf(OWNER_ONLY);
            open.addAll(Files.getPosixFilePermissions(file));
            open.removeAll(OWNER_ONLY);
            open.remove(PosixFilePermission.OWNER_EXECUTE);
            if (!open.isEmpty()) {
                throw new IOException(file + " can be read or written by others, so its key may be known. Run \"chmod"
                        + " 600 " + file + "\", or delete it to get a new key (all tokens end then).");
            }
        }
        if (Files.size(file) > MAX_FILE_BYTES) {
            throw notOurs(file);
        }
        String text;
        try {
            text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException e) {
            throw new IOException(file + " was deleted while the server started.", e);
        }
        if (!text.startsWith(HEADING)) {
            throw notOurs(file);
        }
        byte[] bytes;
        try {
            bytes = HexFormat.of().parseHex(text.substring(HEADING.length()).strip());
        } catch (IllegalArgumentException e) {
            throw torn(file);
        }
        if (bytes.length != LENGTH_BYTES + CHECK_BYTES) {
            throw torn(file);
        }
        TokenKey key = new TokenKey(Arrays.copyOf(bytes, LENGTH_BYTES));
        if (!Arrays.equals(key.check(), Arrays.copyOfRange(bytes, LENGTH_BYTES, bytes.length))) {
            throw torn(file);
        }
        return key;
    }

    private String text() {
        HexFormat hex = HexFormat.of();
        return HEADING + hex.formatHex(secret) + hex.formatHex(check()) + "\n";
    }

    private byte[] check() {
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            sha256.update(HEADING.getBytes(StandardCharsets.US_ASCII));
            return Arrays.copyOf(sha256.digest(secret), CHECK_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static boolean posix(Path path) {
        return Files.getFileAttributeView(path, PosixFileAttributeView.class) != null;
    }

    private static IOException torn(Path file) {
        return new IOException(file + " is damaged. Restore it from a backup, or delete it to get a new key (all tokens"
                + " end then).");
    }

    private static IOException notOurs(Path file) {
        return new IOException(file + " is not a token key of Rostrum; it is left as it is. Move it away, or choose"
                + " another data directory.");
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TokenKey(byte[] theirs) && MessageDigest.isEqual(secret, theirs);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(secret);
    }

    @Override
    public String toString() {
        return "TokenKey"; // never the secret: this may end in a log
    }
}
