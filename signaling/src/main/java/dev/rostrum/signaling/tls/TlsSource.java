package dev.rostrum.signaling.tls;

import dev.rostrum.signaling.tls.TlsIdentity.BadIdentityException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the server's certificate comes from, now and when it changes.
 *
 * <p>Used by one thread at a time; reads and writes files.
 */
public sealed interface TlsSource {

    /**
     * The certificate to start with.
     *
     * @throws IOException with a sentence that says what is wrong and what to do
     */
    TlsIdentity first() throws IOException;

    /** A new certificate if there is one; null if the one in use is still right, or if the new one can't be used. */
    @Nullable
    TlsIdentity changed();

    /** A certificate in PEM files. */
    static TlsSource files(Path certificate, Path key, InstantSource clock) {
        return new FileSource(certificate, key, clock);
    }

    /**
     * A certificate that the server makes.
     *
     * @param directory where it is kept
     * @param addresses asks for this machine's addresses
     */
    static TlsSource selfSigned(
            Path directory,
            Supplier<List<InetAddress>> addresses,
            @Nullable URI publicUrl,
            SecureRandom random,
            InstantSource clock) {
        return new SelfSignedSource(new SelfSignedCertificate(directory, random), addresses, publicUrl, clock);
    }

    /** See {@link #files}. */
    final class FileSource implements TlsSource {

        private static final Logger LOG = LoggerFactory.getLogger(FileSource.class);

        /** What tells that a file is another one now; by name, since tools replace links as well as files. */
        private record State(
                FileTime changed, long sizeBytes, @Nullable Object file) {}

        private final Path certificate;
        private final Path key;
        private final InstantSource clock;
        private List<State> seen = List.of();
        private byte[][] used = new byte[0][];
        private @Nullable String lastTrouble;

        private FileSource(Path certificate, Path key, InstantSource clock) {
            this.certificate = certificate;
            this.key = key;
            this.clock = clock;
        }

        @Override
        public TlsIdentity first() throws IOException {
            try {
                seen = states();
                TlsIdentity identity = load();
                if (identity.expired(clock.instant())) {
                    LOG.warn("The certificate in {} is out of date; browsers will refuse it", certificate);
                }
                return identity;
            } catch (BadIdentityException e) {
                throw new IOException(
                        "can't use the certificate " + certificate + " with the key " + key + ": " + e.getMessage());
            }
        }

        @Override
        public @Nullable TlsIdentity changed() {
            try {
                List<State> now = states();
                if (now.equals(seen)) {
                    return null;
                }
                byte[][] before = used;
                TlsIdentity identity = load();
                if (identity.expired(clock.instant())) {
                    throw new BadIdentityException("the new certificate is out of date");
                }
                seen = now;
                if (Arrays.deepEquals(before, used)) {
                    return null;
                }
                LOG.info(
                        "The certificate changed; the new one is good until {}",
                        identity.certificate().getNotAfter().toInstant());
                return identity;
            } catch (IOException | BadIdentityException e) {
                String trouble = String.valueOf(e.getMessage());
                if (!trouble.equals(lastTrouble)) { // half-written files heal by themselves a moment later
                    LOG.warn("The certificate files changed, but the old certificate stays in use: {}", trouble);
                    lastTrouble = trouble;
                }
                return null;
            }
        }

        private List<State> states() throws IOException {
            return List.of(state(certificate), state(key));
        }

        private static State state(Path file) throws IOException {
            try {
                var attributes = Files.readAttributes(file, java.nio.file.attribute.BasicFileAttributes.class);
                return new State(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
            } catch (NoSuchFileException e) {
                throw new IOException("there is no file " + file);
            } catch (AccessDeniedException e) {
                throw new IOException("this user may not look at the file " + file);
            } catch (IOException e) {
                throw new IOException("the file " + file + " can't be looked at: " + e.getMessage());
            }
        }

        private TlsIdentity load() throws IOException, BadIdentityException {
            byte[] certificateBytes = read(certificate);
            byte[] keyBytes = read(key);
            TlsIdentity identity = TlsIdentity.of(certificateBytes, keyBytes);
            used = new byte[][] {certificateBytes, keyBytes};
            lastTrouble = null;
            return identity;
        }

        private static byte[] read(Path file) throws IOException {
            try {
                return Files.readAllBytes(file);
            } catch (NoSuchFileException e) {
                throw new IOException("there is no file " + file);
            } catch (AccessDeniedException e) {
                throw new IOException("this user may not read the file " + file);
            } catch (IOException e) { // "Is a directory" says it of nothing
                throw new IOException("the file " + file + " can't be read: " + e.getMessage());
            }
        }
    }

    /** See {@link #selfSigned}. */
    final class SelfSignedSource implements TlsSource {

        private static final Logger LOG = LoggerFactory.getLogger(SelfSignedSource.class);

        private final SelfSignedCertificate certificate;
        private final Supplier<List<InetAddress>> addresses;
        private final @Nullable URI publicUrl;
        private final InstantSource clock;
        private @Nullable TlsIdentity used;
        private @Nullable String lastTrouble;

        private SelfSignedSource(
                SelfSignedCertificate certificate,
                Supplier<List<InetAddress>> addresses,
                @Nullable URI publicUrl,
                InstantSource clock) {
            this.certificate = certificate;
            this.addresses = addresses;
            this.publicUrl = publicUrl;
            this.clock = clock;
        }

        @Override
        public TlsIdentity first() throws IOException {
            try {
                TlsIdentity identity =
                        certificate.identity(SelfSignedCertificate.names(addresses.get(), publicUrl), clock.instant());
                used = identity;
                lastTrouble = null;
                return identity;
            } catch (AccessDeniedException e) {
                throw new IOException("can't keep the self-signed certificate: this user may not use " + e.getFile());
            } catch (IOException e) {
                throw new IOException("can't keep the self-signed certificate: " + e.getMessage());
            }
        }

        @Override
        public @Nullable TlsIdentity changed() {
            TlsIdentity before = used;
            try {
                TlsIdentity now = first();
                if (before != null && now.certificate().equals(before.certificate())) {
                    return null;
                }
                LOG.info(
                        "This machine's addresses changed or the year is over: there is a new self-signed certificate");
                return now;
            } catch (IOException e) {
                String trouble = String.valueOf(e.getMessage());
                if (!trouble.equals(lastTrouble)) { // it is tried again every few seconds
                    LOG.warn("The self-signed certificate could not be looked after: {}", trouble);
                    lastTrouble = trouble;
                }
                return null;
            }
        }
    }
}
