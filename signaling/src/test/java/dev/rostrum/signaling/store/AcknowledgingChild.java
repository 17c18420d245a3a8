package dev.rostrum.signaling.store;

import dev.rostrum.signaling.model.SpaceStore.Change;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A process that saves numbered identities for ever, and says on its output which are acknowledged. */
final class AcknowledgingChild {

    private AcknowledgingChild() {}

    public static void main(String[] args) throws Exception {
        FileOutputStream out = new FileOutputStream(FileDescriptor.out);
        MvSpaceStore store = MvSpaceStore.open(Path.of(args[0]));
        int from = Integer.parseInt(args[1]);
        store.save(List.of(new Change.PutSpace(MvSpaceStoreTest.space("talk"))))
                .toCompletableFuture()
                .join();
        say(out, "ready");
        for (int i = from; ; i++) {
            int number = i;
            var saved = store.save(List.of(new Change.PutIdentity(MvSpaceStoreTest.identity("talk", "p_" + number))))
                    .thenRun(() -> say(out, Integer.toString(number)));
            if (i % 16 == 0) {
                saved.toCompletableFuture().join(); // keep it to a few that are on their way
            }
        }
    }

    /** A line in one piece: a pipe takes it whole or not at all. */
    private static void say(FileOutputStream out, String line) {
        try {
            out.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
