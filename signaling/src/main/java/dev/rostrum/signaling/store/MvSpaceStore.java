package dev.rostrum.signaling.store;

import dev.rostrum.signaling.model.SpaceStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link SpaceStore} in one H2 MVStore file of the data directory.
 *
 * <p>One thread writes; any thread may call. The first change is committed at once, others at most {@value
 * #COMMIT_EVERY_MS} ms later together; a change is acknowledged when its commit has been handed to the operating
 * system, so that it survives the death of the process. About a second later it is on the disk, so that it survives a
 * power cut, too. If the file can't be written, changes wait in memory, newest state per key, and it is tried again
 * every second. A change that itself can't be written is left out, and costs no other.
 */
public final class MvSpaceStore implements SpaceStore {

    /** The file's name in the data directory. */
    public static final String FILE_NAME = "spaces.mv";

    static final String LOCK_FILE_NAME = "spaces.lock";
    static final int COMMIT_EVERY_MS = 5;

    private static final Logger log = LoggerFactory.getLogger(MvSpaceStore.class);

    private static final long COMMIT_EVERY_NS = TimeUnit.MILLISECONDS.toNanos(COMMIT_EVERY_MS);
    private static final long SYNC_WHEN_IDLE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long SYNC_WHEN_BUSY_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long RETRY_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long LATE_NS = TimeUnit.SECONDS.toNanos(2);
    /** The file is written anew when it has grown so much, and to a multiple of what it was. */
    private static final long REWRITE_FROM_BYTES = 32L << 20;

    private static final int REWRITE_FACTOR = 4;
    private static final int CLOSE_WITHIN_SECONDS = 5;
    /** Beyond this the oldest changes that could not be written are given up. */
    private static final int MAX_WAITING = 1_000_000;

    private final Path path;
    private final long rewriteFromBytes;
    private final FileChannel lockFile;
    private final String fileId;
    private final Contents contents;
    private final Thread writer;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition wakeup = lock.newCondition();
    private SequencedMap<String, Change> waiting = new LinkedHashMap<>();
    private List<Waiter> waiters = new ArrayList<>();
    private boolean closing;

    private volatile @Nullable String trouble;
    private volatile long waitingSinceNs;
    private volatile boolean anyWaiting;

    // The writer's own.
    private @Nullable SpaceFile file;
    private long committedNs;
    private long syncedNs;
    private long smallBytes;

    /** Who is to be told what became of some changes. */
    private record Waiter(List<Change> changes, CompletableFuture<Void> saved) {

        /** @param unwritable what was left out of the commit */
        void answer(List<Change> unwritable) {
            if (changes.stream().anyMatch(unwritable::contains)) {
                saved.completeExceptionally(new IOException("A change can't be written; the log says why."));
            } else {
                saved.complete(null);
            }
        }
    }

    private MvSpaceStore(
            Path path, FileChannel lockFile, SpaceFile.Found found, SpaceFile file, long rewriteFromBytes) {
        this.path = path;
        this.rewriteFromBytes = rewriteFromBytes;
        this.lockFile = lockFile;
        this.file = file;
        this.fileId = found.id();
        this.contents = found.contents();
        this.smallBytes = file.sizeBytes();
        this.committedNs = System.nanoTime() - COMMIT_EVERY_NS;
        this.syncedNs = System.nanoTime();
        this.writer = Thread.ofPlatform().name("rostrum-store").daemon().unstarted(this::run);
    }

    /**
     * Opens the store of a data directory, or makes it.
     *
     * @throws IOException with a sentence if the file is torn, foreign, of a later version or in use by another process;
     *     it is never overwritten
     */
    public static MvSpaceStore open(Path dataDirectory) throws IOException {
        return open(dataDirectory, REWRITE_FROM_BYTES);
    }

    static MvSpaceStore open(Path dataDirectory, long rewriteFromBytes) throws IOException {
        Files.createDirectories(dataDirectory);
        Path path = dataDirectory.resolve(FILE_NAME);
        FileChannel lockFile = lock(dataDirectory.resolve(LOCK_FILE_NAME));
        try {
            SpaceFile.Found there = SpaceFile.read(path, null);
            SpaceFile.Found found = there == null ? SpaceFile.nothing() : there;
            MvSpaceStore store =
                    new MvSpaceStore(path, lockFile, found, SpaceFile.write(path, found), rewriteFromBytes);
            store.writer.start();
            return store;
        } catch (IOException | RuntimeException e) {
            lockFile.close();
            throw e;
        }
    }

    private static FileChannel lock(Path path) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            if (channel.tryLock() != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // held in this process
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
        channel.close();
        throw new IOException(path.toAbsolutePath().getParent()
                + " is in use by another process; is another server running with this data directory?");
    }

    /** What was in the file when it was opened. */
    @Override
    public Contents load() {
        return contents;
    }

    @Override
    public CompletionStage<Void> save(List<Change> changes) {
        CompletableFuture<Void> saved = new CompletableFuture<>();
        lock.lock();
        try {
            if (closing) {
                saved.completeExceptionally(new IOException("The store is closed."));
                return saved;
            }
            if (!anyWaiting) {
                anyWaiting = true;
                waitingSinceNs = System.nanoTime();
            }
            changes.forEach(change -> add(waiting, change));
            waiters.add(new Waiter(changes, saved));
            wakeup.signal();
        } finally {
            lock.unlock();
        }
        return saved;
    }

    /** Adds a change; earlier ones that it makes pointless go. */
    private static void add(SequencedMap<String, Change> changes, Change change) {
        switch (change) {
            case Change.PutSpace(StoredSpace space) ->
                changes.putLast("space " + space.info().id(), change);
            case Change.DeleteSpace(String spaceId) -> {
                removeIdentities(changes, spaceId);
                changes.remove("identities " + spaceId);
                changes.putLast("space " + spaceId, change);
            }
            case Change.DeleteIdentities(String spaceId) -> {
                removeIdentities(changes, spaceId);
                changes.putLast("identities " + spaceId, change);
            }
            case Change.PutIdentity(StoredIdentity identity) ->
                changes.putLast("identity " + identity.spaceId() + "/" + identity.id(), change);
            case Change.DeleteIdentity(String spaceId, String id) ->
                changes.putLast("identity " + spaceId + "/" + id, change);
        }
    }

    private static void removeIdentities(SequencedMap<String, Change> changes, String spaceId) {
        String prefix = "identity " + spaceId + "/";
        changes.keySet().removeIf(key -> key.startsWith(prefix));
    }

    @Override
    public @Nullable String trouble() {
        String known = trouble;
        if (known != null) {
            return known;
        }
        long waitedNs = System.nanoTime() - waitingSinceNs;
        return anyWaiting && waitedNs > LATE_NS
                ? "The store has not written for " + TimeUnit.NANOSECONDS.toSeconds(waitedNs) + " s."
                : null;
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            wakeup.signal();
        } finally {
            lock.unlock();
        }
        try {
            if (!writer.join(Duration.ofSeconds(CLOSE_WITHIN_SECONDS))) {
                log.warn("{} could not be closed in {} s", path, CLOSE_WITHIN_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // The writer.

    private void run() {
        try {
            while (turn()) {}
        } catch (InterruptedException e) {
            log.warn("the store's thread was interrupted; {} is left as it is", path);
        } finally {
            closeFile();
        }
    }

    /** One commit, or one look after the file. False when all is done. */
    private boolean turn() throws InterruptedException {
        Collection<Change> batch;
        List<Waiter> acknowledged;
        SequencedMap<String, Change> taken;
        lock.lock();
        try {
            long idleNs = SYNC_WHEN_IDLE_NS;
            while (waiting.isEmpty() && waiters.isEmpty() && idleNs > 0) {
                if (closing) {
                    return false;
                }
                SpaceFile open = file;
                if (open == null || open.unsynced()) {
                    idleNs = wakeup.awaitNanos(idleNs);
                } else {
                    wakeup.await();
                }
            }
            if (!waiting.isEmpty() || !waiters.isEmpty()) {
                awaitCommitTime();
            }
            taken = waiting;
            batch = taken.values();
            acknowledged = waiters;
            waiting = new LinkedHashMap<>();
            waiters = new ArrayList<>();
            anyWaiting = false;
        } finally {
            lock.unlock();
        }
        boolean idle = batch.isEmpty() && acknowledged.isEmpty();
        if (idle && file != null) {
            lookAfterFile();
            return true;
        }
        if (write(batch, acknowledged)) {
            SpaceFile open = file;
            if ((open != null && grown(open)) || System.nanoTime() - syncedNs > SYNC_WHEN_BUSY_NS) {
                lookAfterFile();
            }
            return true;
        }
        return keep(taken);
    }

    private void awaitCommitTime() throws InterruptedException {
        long everyNs = file == null ? RETRY_NS : COMMIT_EVERY_NS;
        long leftNs = committedNs + everyNs - System.nanoTime();
        while (leftNs > 0 && !closing) {
            leftNs = wakeup.awaitNanos(leftNs);
        }
    }

    private boolean write(Collection<Change> batch, List<Waiter> acknowledged) {
        try {
            SpaceFile open = file;
            if (open == null) {
                open = reopened();
                file = open;
                log.info("{} can be written again", path);
            }
            List<Change> unwritable = batch.isEmpty() ? List.of() : open.commit(batch);
            trouble = null;
            acknowledged.forEach(waiter -> waiter.answer(unwritable));
            return true;
        } catch (IOException | RuntimeException | Error e) { // without its thread nothing would be saved any more
            failed(e, acknowledged);
            return false;
        } finally {
            committedNs = System.nanoTime();
        }
    }

    private SpaceFile reopened() throws IOException {
        SpaceFile.Found found = SpaceFile.read(path, fileId);
        if (found == null) {
            throw new IOException(path + " is missing.");
        }
        SpaceFile fresh = SpaceFile.write(path, found);
        smallBytes = fresh.sizeBytes();
        return fresh;
    }

    private void failed(Throwable failure, List<Waiter> acknowledged) {
        String sentence = "Spaces can't be saved: " + SpaceFile.reason(failure);
        if (trouble == null) {
            log.error("{}; they go on, and it is tried again every second", sentence, failure);
        }
        trouble = sentence;
        SpaceFile open = file;
        if (open != null) {
            open.abandon(); // MVStore closes itself at the first failure; what it has of this commit is not to stay
            file = null;
        }
        IOException cause = new IOException(sentence, failure);
        acknowledged.forEach(waiter -> waiter.saved().completeExceptionally(cause));
    }

    /** Puts what could not be written back in front of what came since. False if the store is closing anyway. */
    private boolean keep(SequencedMap<String, Change> unwritten) {
        lock.lock();
        try {
            waiting.values().forEach(change -> add(unwritten, change));
            while (unwritten.size() > MAX_WAITING) {
                unwritten.pollFirstEntry();
            }
            waiting = unwritten;
            return !closing;
        } finally {
            lock.unlock();
        }
    }

    private void lookAfterFile() {
        SpaceFile open = file;
        if (open == null) {
            return;
        }
        try {
            if (open.unsynced()) {
                open.sync();
            }
            if (grown(open)) {
                SpaceFile fresh = open.rewritten();
                file = fresh;
                smallBytes = fresh.sizeBytes();
            }
        } catch (IOException | RuntimeException | Error e) {
            failed(e, List.of());
        } finally {
            syncedNs = System.nanoTime();
        }
    }

    private boolean grown(SpaceFile open) {
        return open.sizeBytes() > Math.max(rewriteFromBytes, REWRITE_FACTOR * smallBytes);
    }

    private void closeFile() {
        SpaceFile open = file;
        if (open != null) {
            try {
                open.close();
            } catch (IOException | RuntimeException e) {
                log.error("{} could not be closed well: {}", path, e.getMessage(), e);
            }
        }
        try {
            lockFile.close();
        } catch (IOException e) {
            log.warn("the lock on {} could not be given back: {}", path, e.getMessage());
        }
    }

    /** For tests: breaks the file under the writer's hands, as a full disk would. */
    void breakFile() {
        SpaceFile open = file;
        if (open != null) {
            open.abandon();
        }
    }
}
