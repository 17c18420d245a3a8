package dev.rostrum.signaling.store;

import dev.rostrum.signaling.model.SpaceStore.Change;
import dev.rostrum.signaling.model.SpaceStore.Contents;
import dev.rostrum.signaling.model.SpaceStore.StoredIdentity;
import dev.rostrum.signaling.model.SpaceStore.StoredSpace;
import dev.rostrum.signaling.store.StoredJson.UnreadableException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;
import org.h2.mvstore.SingleFileStore;
import org.h2.mvstore.type.StringDataType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open MVStore file, and all that MVStore does not check or do well by itself.
 *
 * <p>Owned by the store's writer thread; opened by the thread that starts the server. MVStore opens a file that was cut
 * without complaint, as what it was some time ago, so a small file beside it, the mark, holds the file's identity and
 * how many commits are surely on the disk. After a kill its compaction may meet its own assertions, so a file that was
 * left by another process is only ever read: its contents are checked and written to a new file that takes its place.
 * The same is done when the file has grown by too much; in between it is only appended to.
 */
final class SpaceFile implements AutoCloseable {

    private static final String SPACES = "spaces";
    private static final String IDENTITIES = "identities";
    private static final String ABOUT = "about";
    private static final String ID = "id";
    private static final String COMMITS = "commits";
    private static final String COUNTS = "counts";
    private static final byte[] MVSTORE_HEADING = "H:2,".getBytes(StandardCharsets.US_ASCII);
    private static final String MARK_HEADING = "rostrum-spaces-mark-1";

    private static final Logger log = LoggerFactory.getLogger(SpaceFile.class);

    private final Path path;
    private final MVStore store;
    private final MVMap<String, String> spaces;
    private final MVMap<String, String> identities;
    private final MVMap<String, String> about;
    private final String id;
    private long commits;
    private long syncedCommits;

    private SpaceFile(Path path, MVStore store) throws IOException {
        this.path = path;
        this.store = store;
        this.spaces = map(store, SPACES);
        this.identities = map(store, IDENTITIES);
        this.about = map(store, ABOUT);
        String fileId = about.get(ID);
        String fileCommits = about.get(COMMITS);
        if (fileId == null || fileCommits == null) {
            throw new IOException("it has no identity");
        }
        this.id = fileId;
        this.commits = number(fileCommits);
    }

    /**
     * What was in a file.
     *
     * @param spaces the entries as they were, in the order of their keys
     * @param identities the same
     */
    record Found(
            String id, long commits, Contents contents, Map<String, String> spaces, Map<String, String> identities) {}

    /**
     * Reads a file and looks at everything in it.
     *
     * @param expectedId the identity that the file must have; absent at the start of the server
     * @return absent if there is neither a file nor a mark
     * @throws IOException with a sentence for the operator
     */
    static @Nullable Found read(Path path, @Nullable String expectedId) throws IOException {
        if (Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
            if (expectedId == null && Files.notExists(mark(path), LinkOption.NOFOLLOW_LINKS)) {
                return null;
            }
            throw new IOException(
                    path + " is missing. Restore it from a backup; or, to begin without any space, delete " + mark(path)
                            + ".");
        }
        return guarded(path, true, store -> {
            SpaceFile file = new SpaceFile(path, store);
            if (expectedId != null && !expectedId.equals(file.id)) {
                throw new IOException("it was replaced by another file while the server ran");
            }
            file.checkMark();
            Found found = new Found(
                    file.id,
                    file.commits,
                    file.contents(),
                    new LinkedHashMap<>(file.spaces),
                    new LinkedHashMap<>(file.identities));
            store.closeImmediately();
            return found;
        });
    }

    /** A new, empty one. */
    static Found nothing() {
        return new Found(UUID.randomUUID().toString(), 0, Contents.EMPTY, Map.of(), Map.of());
    }

    /** Writes a new file, which takes the place of the one before only when it is whole and on the disk. */
    static SpaceFile write(Path path, Found found) throws IOException {
        Path draft = path.resolveSibling(path.getFileName() + ".new");
        Files.deleteIfExists(draft); // what a killed process left; the caller has the lock
        Files.createFile(draft, ownersOnly(draft));
        SpaceFile file = guarded(draft, false, store -> {
            store.setReuseSpace(false);
            MVMap<String, String> about = map(store, ABOUT);
            about.put(ID, found.id());
            about.put(COMMITS, Long.toString(found.commits()));
            SpaceFile fresh = new SpaceFile(path, store);
            found.spaces().forEach(fresh.spaces::append);
            found.identities().forEach(fresh.identities::append);
            fresh.commit(List.of());
            store.sync();
            return fresh;
        });
        try {
            Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            syncDirectory(path);
            file.sync();
            return file;
        } catch (IOException | RuntimeException e) {
            file.abandon();
            throw e;
        }
    }

    /** This file's contents in a new file in its place; this one is closed. */
    SpaceFile rewritten() throws IOException {
        SpaceFile fresh = write(path, new Found(id, commits, Contents.EMPTY, spaces, identities));
        abandon();
        return fresh;
    }

    private static FileAttribute<?>[] ownersOnly(Path path) {
        boolean posix =
                Files.getFileAttributeView(path.toAbsolutePath().getParent(), PosixFileAttributeView.class) != null;
        return posix
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    private static void syncDirectory(Path path) {
        try (FileChannel directory = FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            directory.force(true);
        } catch (IOException e) {
            // not every system lets a directory be opened; then it has its own idea of order
        }
    }

    private static Path mark(Path path) {
        return path.resolveSibling(path.getFileName() + ".mark");
    }

    private interface Use<T> {
        T with(MVStore store) throws IOException, UnreadableException;
    }

    /** Opens an MVStore; whatever goes wrong closes it, lets go of its lock, and becomes a sentence. */
    private static <T> T guarded(Path path, boolean readOnly, Use<T> use) throws IOException {
        if (!Files.isRegularFile(path)) {
            throw new IOException(path + " is not a file.");
        }
        if (Files.size(path) > 0 && !startsLikeMvStore(path)) {
            throw foreign(path);
        }
        if (Files.size(path) == 0 && readOnly) {
            throw damaged(path, "it is empty");
        }
        SingleFileStore fileStore = new SingleFileStore(new HashMap<>());
        MVStore store = null;
        boolean well = false;
        try {
            fileStore.open(path.toString(), readOnly, null);
            store = new MVStore.Builder()
                    .adoptFileStore(fileStore)
                    .autoCommitDisabled()
                    .open();
            T result = use.with(store);
            well = !readOnly;
            return result;
        } catch (MVStoreException e) {
            throw switch (e.getErrorCode()) {
                case DataUtils.ERROR_FILE_LOCKED ->
                    new IOException(path + " is in use by another process; is another server running with this data"
                            + " directory?");
                case DataUtils.ERROR_UNSUPPORTED_FORMAT -> later(path);
                default -> failed(path, readOnly, e, String.valueOf(e.getMessage()));
            };
        } catch (UnreadableException e) {
            throw e.later ? later(path) : damaged(path, String.valueOf(e.getMessage()));
        } catch (IOException e) {
            throw failed(path, readOnly, e, String.valueOf(e.getMessage()));
        } catch (RuntimeException
                | AssertionError
                | StackOverflowError e) { // MVStore meets damage with all kinds of these
            throw failed(path, readOnly, e, e.toString());
        } finally {
            if (!well) {
                if (store != null) {
                    closeQuietly(store);
                }
                closeQuietly(fileStore);
            }
        }
    }

    private static void closeQuietly(MVStore store) {
        try {
            store.closeImmediately();
        } catch (RuntimeException | AssertionError e) {
            // it was not well
        }
    }

    private static void closeQuietly(SingleFileStore fileStore) {
        try {
            fileStore.close();
        } catch (RuntimeException | AssertionError e) {
            // it was closed, or never open
        }
    }

    private static boolean startsLikeMvStore(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] start = in.readNBytes(MVSTORE_HEADING.length);
            return Arrays.equals(start, MVSTORE_HEADING);
        }
    }

    private static MVMap<String, String> map(MVStore store, String name) {
        return store.openMap(
                name,
                new MVMap.Builder<String, String>()
                        .keyType(StringDataType.INSTANCE)
                        .valueType(StringDataType.INSTANCE));
    }

    private Contents contents() throws IOException, UnreadableException {
        List<StoredSpace> storedSpaces = new ArrayList<>();
        for (Map.Entry<String, String> entry : spaces.entrySet()) {
            storedSpaces.add(StoredJson.readSpace(entry.getKey(), entry.getValue()));
        }
        List<StoredIdentity> storedIdentities = new ArrayList<>();
        for (Map.Entry<String, String> entry : identities.entrySet()) {
            storedIdentities.add(StoredJson.readIdentity(entry.getKey(), entry.getValue()));
        }
        String counts = storedSpaces.size() + "/" + storedIdentities.size();
        if (!counts.equals(about.get(COUNTS))) {
            throw new IOException("it has lost entries");
        }
        return new Contents(storedSpaces, storedIdentities);
    }

    /** The identity of the file, to know it again. */
    String id() {
        return id;
    }

    /**
     * Writes changes, all or none. When this returns they would survive the death of the process.
     *
     * @return those that no file can ever hold: they are left out, because they would stop all that come with them and
     *     after them
     */
    List<Change> commit(Collection<Change> changes) {
        List<Change> unwritable = new ArrayList<>();
        for (Change change : changes) {
            if (!apply(change)) {
                unwritable.add(change);
            }
        }
        about.put(COMMITS, Long.toString(commits + 1));
        about.put(COUNTS, spaces.size() + "/" + identities.size());
        store.commit();
        commits++;
        return unwritable;
    }

    private boolean apply(Change change) {
        switch (change) {
            case Change.PutSpace(StoredSpace space) -> {
                String key = space.info().id();
                return put(spaces, key, () -> StoredJson.write(key, space));
            }
            case Change.DeleteSpace(String spaceId) -> {
                spaces.remove(spaceId);
                deleteIdentities(spaceId);
            }
            case Change.DeleteIdentities(String spaceId) -> deleteIdentities(spaceId);
            case Change.PutIdentity(StoredIdentity identity) -> {
                String key = identity.spaceId() + "/" + identity.id();
                return put(identities, key, () -> StoredJson.write(key, identity));
            }
            case Change.DeleteIdentity(String spaceId, String participantId) ->
                identities.remove(spaceId + "/" + participantId);
        }
        return true;
    }

    /** Puts an entry. One that can't be written leaves the entry as it was. */
    private static boolean put(MVMap<String, String> map, String key, Supplier<String> value) {
        String text;
        try {
            text = value.get();
        } catch (RuntimeException e) {
            log.error("The entry {} can't be written, and is not: what was saved of it before stays", key, e);
            return false;
        }
        map.put(key, text);
        return true;
    }

    private void deleteIdentities(String spaceId) {
        String prefix = spaceId + "/";
        String key = identities.ceilingKey(prefix);
        while (key != null && key.startsWith(prefix)) {
            identities.remove(key);
            key = identities.ceilingKey(prefix);
        }
    }

    /** Whether there are commits that a power cut would lose. */
    boolean unsynced() {
        return commits > syncedCommits;
    }

    /** Puts on the disk what was committed, and then marks that the file is so new. */
    void sync() throws IOException {
        store.sync();
        Path mark = mark(path);
        Path draft = mark.resolveSibling(mark.getFileName() + ".new");
        String text = MARK_HEADING + " " + id + " " + commits + "\n";
        try (FileChannel channel = FileChannel.open(
                draft, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(draft, mark, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        syncedCommits = commits;
    }

    private void checkMark() throws IOException {
        Path mark = mark(path);
        if (Files.notExists(mark)) {
            return; // the file alone was restored, or the server was killed before its first mark
        }
        String[] parts =
                Files.readString(mark, StandardCharsets.ISO_8859_1).strip().split(" ");
        if (parts.length != 3 || !parts[0].equals(MARK_HEADING)) {
            throw new IOException(mark + " is damaged; if the other is known to be good, delete this one");
        }
        if (!parts[1].equals(id)) {
            throw new IOException("it belongs to another data directory than " + mark
                    + "; if it is a backup that you want to use, delete that file");
        }
        if (commits < number(parts[2])) {
            throw new IOException("its newest " + (number(parts[2]) - commits)
                    + " changes are missing; if it is a backup that you want to use, delete " + mark);
        }
    }

    private static long number(String text) throws IOException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new IOException("a number in it is damaged", e);
        }
    }

    long sizeBytes() {
        return store.getFileStore().size();
    }

    /** Puts everything on the disk and lets go of the file. */
    @Override
    public void close() throws IOException {
        sync();
        store.close();
    }

    /** Lets go of the file as it is. */
    void abandon() {
        closeQuietly(store);
    }

    /** What can't be read is damaged; what can't be written is our own draft, and a full disk harms nothing. */
    private static IOException failed(Path path, boolean readOnly, Throwable e, String how) {
        return readOnly
                ? damaged(path, how)
                : new IOException(
                        "can't write " + path + " (" + reason(e) + "); what was stored before is as it was.", e);
    }

    /** Why something failed: what the system says, if it was asked. */
    static String reason(Throwable failure) {
        String reason = String.valueOf(failure.getMessage());
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException && cause.getMessage() != null) {
                reason = cause.getMessage();
            }
        }
        return reason;
    }

    private static IOException foreign(Path path) {
        return new IOException(path + " is not a store of Rostrum; it is left as it is. Move it away, or choose another"
                + " data directory.");
    }

    private static IOException later(Path path) {
        return new IOException(path + " was written by a later version of Rostrum; it is left as it is.");
    }

    private static IOException damaged(Path path, String how) {
        return new IOException(path + " is damaged (" + how + "); it is left as it is. Restore it from a backup; or, to"
                + " begin without any space, move it and its .mark away.");
    }
}
